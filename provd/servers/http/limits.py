"""What the phones' HTTP server allows its clients; every unit is in the name or the docstring."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds of the HTTP server. All deadlines are absolute: no dribble of bytes prolongs them.

    `header_seconds`: from the connection's (or a later request's) first moment to the end of its
    head, TLS handshake included. `request_seconds`: the same to the end of its body.
    `keep_alive_seconds`: how long a connection may wait for its next request.
    `response_seconds`: from the request's end to the last byte handed over; `stalled_seconds`: how
    long a client may take nothing of a long body.
    `closing_seconds`: how long a closed connection may take to empty its buffers.
    `maximum_body_octets`: of requests that have no use for one. `maximum_upload_octets`: of those
    that upload; what is allowed for the file may be less.
    `maximum_wait_seconds`: when those inside wait longer for the processor, nobody else comes in;
    `busy_seconds`: a processor that is so late is busy, and no more come in than it can serve
    within a second.
    `roomy_connections`: while there are no more, each keeps its buffers of TLS (34 KiB).
    `maximum_turned_away`: connections over the bounds that are told 503 at the same time;
    `told_per_second`, `told_over_tls_per_second`: in each second. More are cut.
    `backlog`, `backlog_over_tls`: how many may wait in the kernel.
    `descriptors`: how many the process has for all of this server's connections, whatever else is
    allowed.
    """

    header_seconds: float = 10.0
    request_seconds: float = 30.0
    keep_alive_seconds: float = 20.0
    response_seconds: float = 3600.0
    stalled_seconds: float = 60.0
    closing_seconds: float = 15.0
    maximum_header_octets: int = 16 << 10
    maximum_body_octets: int = 64 << 10
    maximum_upload_octets: int = 2 << 20
    maximum_connections: int = 8192
    maximum_connections_per_address: int = 512
    roomy_connections: int = 1024
    maximum_wait_seconds: float = 1.0
    busy_seconds: float = 0.05
    maximum_turned_away: int = 256
    told_per_second: int = 500
    told_over_tls_per_second: int = 50
    maximum_pipelined_requests: int = 32
    retry_after_seconds: int = 30
    write_octets: int = 64 << 10
    backlog: int = 4096
    backlog_over_tls: int = 1024
    descriptors: int = 1 << 30
