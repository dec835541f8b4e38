"""Listening sockets, opened so that a busy port stops the start with a sentence that helps.

This module knows no protocol: whoever asks says what the setting behind a port is called.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Collection, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from provd.errors import ConfigurationError

_RECEIVE_BUFFER_FORCE = 33  # SO_RCVBUFFORCE of Linux, which Python's socket module does not name
_FIRST_OF_SYSTEMD = 3
_CAUSES = {
    errno.EADDRINUSE: "another program listens there",
    errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE or root",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EAFNOSUPPORT: "this machine has no IPv6",
}


@dataclass(frozen=True, slots=True)
class Listening:
    """A listening socket of `setting`'s. `setting` and `interface` are empty for one that systemd
    opened, which is known by its address and port. `process` is 0, 1, 2... where several processes
    have a socket each on the same port."""

    setting: str
    interface: str
    process: int
    opened: socket.socket

    def serves(self, setting: str, interface: str, port: int) -> bool:
        is_that_port = port == self.opened.getsockname()[1]
        if self.setting:
            return (is_that_port or not port) and (self.setting, self.interface) == (
                setting,
                interface,
            )
        if not is_that_port:
            return False
        family, address = _numeric(interface, port, setting)
        return self.opened.family == family and self.opened.getsockname()[0] == address[0]


class Opener:
    """Opens what a server listens on. Each call's result is the caller's to close."""

    def stream(self, interface: str, port: int, *, setting: str, backlog: int) -> socket.socket:
        """As `stream_socket`."""
        return stream_socket(interface, port, setting=setting, backlog=backlog)

    def datagram(
        self,
        interface: str,
        port: int,
        *,
        setting: str,
        receive_buffer_octets: int,
        both_families: bool = True,
    ) -> socket.socket:
        """As `datagram_socket`."""
        return datagram_socket(
            interface,
            port,
            setting=setting,
            receive_buffer_octets=receive_buffer_octets,
            both_families=both_families,
        )


class Sockets(Opener):
    """The listening sockets of one process, or of all that it hands them to. Servers are given
    copies of their descriptors, so that a server may end while its clients wait for the next one.

    `inherited` were opened by a predecessor or by systemd. For every setting in `several` each of
    `processes` has a socket; the kernel chooses among them by the addresses and ports of both ends
    (SO_REUSEPORT, socket(7)), so that a repeated request reaches the process that has the first.
    """

    def __init__(
        self,
        inherited: Iterable[Listening] = (),
        *,
        processes: int = 1,
        several: Collection[str] = (),
    ) -> None:
        self._inherited = list(inherited)
        self._kept: list[Listening] = []
        self._processes = processes
        self._several = several

    def stream(self, interface: str, port: int, *, setting: str, backlog: int) -> socket.socket:
        found = self._found(interface, port, socket.SOCK_STREAM, setting)
        for each in found:
            each.opened.listen(backlog)
        return found[0].opened.dup()

    def datagram(
        self,
        interface: str,
        port: int,
        *,
        setting: str,
        receive_buffer_octets: int,
        both_families: bool = True,
    ) -> socket.socket:
        found = self._found(
            interface, port, socket.SOCK_DGRAM, setting, both_families=both_families
        )
        for each in found:
            _enlarge(each.opened, receive_buffer_octets)
        return found[0].opened.dup()

    @property
    def all(self) -> tuple[Listening, ...]:
        """Those in use."""
        return tuple(self._kept)

    def port(self, setting: str) -> int | None:
        """Of the first that `setting` has; None without any."""
        ports = (one.opened.getsockname()[1] for one in self._kept if one.setting == setting)
        return next(ports, None)

    def close(self) -> None:
        self.close_unused()
        while self._kept:
            self._kept.pop().opened.close()

    def close_unused(self) -> int:
        """What was inherited and serves nothing any more; returns how many."""
        unused, self._inherited = self._inherited, []
        for each in unused:
            each.opened.close()
        return len(unused)

    def _found(
        self,
        interface: str,
        port: int,
        kind: socket.SocketKind,
        setting: str,
        *,
        both_families: bool = True,
    ) -> list[Listening]:
        found = self._handed_down(interface, port, kind, setting)
        processes = self._processes if setting in self._several else 1
        if not found:
            opened = _alone(interface, port, kind, setting, both_families=both_families)
            found.append(Listening(setting, interface, 0, opened))
        while len(found) < processes:
            found.append(self._another(found, kind, both_families=both_families))
        self._kept += found[:processes]
        self._inherited += found[processes:]
        return found[:processes]

    def _handed_down(
        self, interface: str, port: int, kind: socket.SocketKind, setting: str
    ) -> list[Listening]:
        mine = [
            each
            for each in self._inherited
            if each.opened.type == kind and each.serves(setting, interface, port)
        ]
        self._inherited = [each for each in self._inherited if each not in mine]
        return [
            Listening(setting, interface, number, each.opened) for number, each in enumerate(mine)
        ]

    def _another(
        self, found: list[Listening], kind: socket.SocketKind, *, both_families: bool
    ) -> Listening:
        """One more on the same port. What systemd opened as root nobody else may join."""
        first = found[0]
        port = first.opened.getsockname()[1]
        try:
            opened = _bound(
                first.interface, port, kind, first.setting, both_families=both_families, joins=True
            )
        except ConfigurationError as error:
            raise ConfigurationError(
                f"port {port} can't be opened once for each worker",
                key=first.setting,
                remedy="Name it as often in provd.socket as there are workers",
            ) from error
        return Listening(first.setting, first.interface, len(found), opened)


def inherited_from_systemd(environ: MutableMapping[str, str], pid: int) -> Iterator[Listening]:
    """The sockets of sd_listen_fds(3), once: what we start is not to take them for its own."""
    meant_for = environ.pop("LISTEN_PID", "")
    count = int(environ.pop("LISTEN_FDS", "0") or 0)
    environ.pop("LISTEN_FDNAMES", None)
    if meant_for != str(pid):
        return
    for descriptor in range(_FIRST_OF_SYSTEMD, _FIRST_OF_SYSTEMD + count):
        yield Listening("", "", 0, adopted(descriptor))


def adopted(descriptor: int) -> socket.socket:
    """A socket that somebody else opened. Python takes it for one that blocks, and would make it so
    for all that have it, our predecessor included."""
    opened = socket.socket(fileno=descriptor)
    opened.setblocking(False)
    opened.set_inheritable(False)
    return opened


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


def _alone(
    interface: str, port: int, kind: socket.SocketKind, setting: str, *, both_families: bool = True
) -> socket.socket:
    """The first on its port. Who sets SO_REUSEPORT may join anybody of the same user who did, and
    two provds would share the phones between them: so look first whether the port is free."""
    first = _bound(interface, port, kind, setting, both_families=both_families)
    with first:
        if not port:
            port = first.getsockname()[1]
    return _bound(interface, port, kind, setting, both_families=both_families, joins=True)


def _bound(
    interface: str,
    port: int,
    kind: socket.SocketKind,
    setting: str,
    *,
    both_families: bool = True,
    joins: bool = False,
) -> socket.socket:
    """`::` takes IPv4 too unless told otherwise, so that one listener serves both families."""
    family, address = _numeric(interface, port, setting)
    mapped = (both_families and interface == "::") or interface.startswith("::ffff:")
    opened = None
    try:
        opened = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if joins:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
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
