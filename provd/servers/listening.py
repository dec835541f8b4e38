"""Listening sockets, opened so that a busy port stops the start with a sentence that helps.

This module knows no protocol: whoever asks says what the setting behind a port is called.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from provd.errors import ConfigurationError

_RECEIVE_BUFFER_FORCE = 33  # SO_RCVBUFFORCE of Linux, which Python's socket module does not name
_CAUSES = {
    errno.EADDRINUSE: "another program listens there",
    errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE or root",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EAFNOSUPPORT: "this machine has no IPv6",
}


def stream_socket(interface: str, port: int, *, setting: str, backlog: int) -> socket.socket:
    """A listening TCP socket. Raises ConfigurationError naming the port and `setting`."""
    opened = _bound(interface, port, socket.SOCK_STREAM, setting)
    opened.listen(backlog)
    return opened


def datagram_socket(
    interface: str,
    port: int,
    *,
    setting: str,
    receive_buffer_octets: int,
    both_families: bool = True,
) -> socket.socket:
    """A bound UDP socket with a large receive buffer. Raises ConfigurationError.

    The kernel's default buffer drops a burst of 2,000 requests.
    """
    opened = _bound(interface, port, socket.SOCK_DGRAM, setting, both_families=both_families)
    _enlarge(opened, receive_buffer_octets)
    return opened


def _bound(
    interface: str, port: int, kind: socket.SocketKind, setting: str, *, both_families: bool = True
) -> socket.socket:
    """`::` takes IPv4 too unless told otherwise, so that one listener serves both families."""
    family, address = _numeric(interface, port, setting)
    mapped = (both_families and interface == "::") or interface.startswith("::ffff:")
    opened = None
    try:
        opened = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not mapped))
        opened.bind(address)
    except OSError as error:
        if opened is not None:
            opened.close()
        raise _refusal(error, interface, port, setting) from error
    return opened


def _numeric(interface: str, port: int, setting: str) -> tuple[socket.AddressFamily, Any]:
    """The address to bind to, with the interface number of a link-local one (`fe80::1%eth0`)."""
    try:
        found = socket.getaddrinfo(interface, port, flags=socket.AI_NUMERICHOST)
    except OSError:
        raise ConfigurationError(
            f"{interface!r} is not an IP address to listen on",
            key=setting,
            remedy="Write an address of this machine, 0.0.0.0, or :: for IPv6 and IPv4",
        ) from None
    return found[0][0], found[0][4]


def _refusal(error: OSError, interface: str, port: int, setting: str) -> ConfigurationError:
    cause = _CAUSES.get(error.errno or 0, os.strerror(error.errno or 0))
    return ConfigurationError(
        f"can't listen on {interface} port {port}: {cause}",
        key=setting,
        remedy=f"Stop the other program, or change {setting}",
    )


def _enlarge(opened: socket.socket, octets: int) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _RECEIVE_BUFFER_FORCE, octets)
    except PermissionError:  # without CAP_NET_ADMIN the kernel's net.core.rmem_max is the bound
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)
