"""HTTP and HTTPS for phones: old clients, one backend, absolute deadlines.

    parser, targets, conditions, replies    pure: octets in, requests, slices and heads out
    connection, exchange, body, connections who is served, how long, in which order
    poll, listener, channels, stream        sockets: octets in and out, in clear or by TLS
    service                                 all of that on a port

Pages for people are hosted by `provd.servers.wsgi`. This package must not know what a file means or
who may have it, and trusts nothing that a proxy may have written (X-Forwarded-For).
"""

from provd.servers.http.limits import HttpLimits
from provd.servers.http.service import HttpServer

__all__ = ["HttpLimits", "HttpServer"]
