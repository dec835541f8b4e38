"""What a TFTP server allows itself and its peers; every unit is in the name or the docstring."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class TftpLimits:
    """Bounds of the TFTP server. The defaults carry 15,000 phones that boot at once.

    `allowed_networks`: sources outside get no packet at all; empty allows everyone.
    `maximum_block_octets`: the largest block size answered (RFC 2348). None: what the route's MTU
    carries in one packet.
    `maximum_window_blocks`: the largest window answered (RFC 7440).
    `retransmit_seconds`: waits between repeats; the last one repeats. A phone that sends the
    timeout option (RFC 2349) sets its own.
    `maximum_silence_seconds`: a phone that acknowledges nothing new for so long is given up (with
    the timeout option: at least twice that option, so that it is obeyed once).
    `unvalidated_seconds`: the same before its first valid acknowledgement.
    `unvalidated_burst_octets`, `unvalidated_octets_per_second`: what one address (IPv6: one /64)
    may be sent before it acknowledges; an acknowledgement gives back what was spent.
    `unvalidated_total_octets`: the same for all addresses together, refilled in ten seconds.
    `transfer_sockets`: transfer ports for each local address: who forges acknowledgements must
    guess one. `neighbours_sockets`: how many of them serve one neighbourhood (IPv4 /24, IPv6 /48)
    for `ports_change_seconds`. Fewer bring more datagrams for a system call.
    `send_buffer_octets`: what each of them may have on its way to the network; beyond it a window
    is lost and waits for its repeat.
    `batched_datagrams`: many datagrams for a system call, where there are such calls.
    `segmented_windows`: a window leaves as one packet that the kernel cuts, where it can.
    """

    allowed_networks: Networks = ()
    maximum_sessions: int = 20_000
    maximum_block_octets: int | None = None
    maximum_window_blocks: int = 64
    retransmit_seconds: tuple[float, ...] = (1.0, 2.0, 4.0)
    maximum_silence_seconds: float = 20.0
    maximum_transfer_seconds: float = 7200.0
    unvalidated_seconds: float = 5.0
    unvalidated_burst_octets: int = 1 << 20
    unvalidated_octets_per_second: int = 32 << 10
    unvalidated_total_octets: int = 32 << 20
    framed_cache_octets: int = 128 << 20
    transfer_sockets: int = 256
    neighbours_sockets: int = 4
    ports_change_seconds: float = 60.0
    receive_buffer_octets: int = 8 << 20
    send_buffer_octets: int = 4 << 20
    drain_budget_seconds: float = 0.005
    batched_datagrams: bool = True
    segmented_windows: bool = True
