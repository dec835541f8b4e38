"""One daemon follows another on a data folder, and no phone notices.

Whoever serves a folder holds the lock `daemon.lock` and answers on the socket `handover.sock`; both
lie in the folder, which is its owner's alone. A process that starts there asks for the listening
sockets, and gets them with all that waits in them (SCM_RIGHTS, unix(7)):

    successor -> {"take_over": true}
    predecessor -> {"sockets": [[setting, interface], ...]}, with the descriptors; or "refused"
    successor -> "serving"

A predecessor that has been told to stop gives them to anybody; one that serves, only to a successor
that says it is to take over. It serves on until that one serves too, and then stops by itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from provd.errors import ConfigurationError
from provd.servers.listening import Listening, adopted

LOCK = "daemon.lock"
SOCKET = "handover.sock"
MOST_SOCKETS = 250
"""The kernel takes 253 descriptors with a message (SCM_MAX_FD)."""

_SECONDS = 10.0
_MESSAGE_OCTETS = 64 << 10
log = structlog.get_logger()


class Lock:
    """Of the process that serves a data folder; it ends with the process, however that dies."""

    def __init__(self, data: Path) -> None:
        self._descriptor = _lock_file(data)

    def taken(self) -> bool:
        """Whether we have it now."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock_file(data: Path) -> int:
    """On a disk that is read-only what is there serves as well: a lock changes nothing."""
    try:
        return os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        path = data / LOCK if (data / LOCK).exists() else data
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


class Predecessor:
    """A daemon that has given us its sockets."""

    def __init__(self, connection: socket.socket, sockets: Sequence[Listening]) -> None:
        self._connection = connection
        self.sockets = sockets

    def follow(self) -> None:
        """We serve: it may stop."""
        with self._connection, suppress(OSError):
            self._connection.sendall(b"serving")


def predecessor(data: Path, *, take_over: bool) -> Predecessor | None:
    """None where there is none. Raises ConfigurationError when it serves and is to go on."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(_SECONDS)
        with _reachable(data) as path:
            connection.connect(path)
        connection.sendall(json.dumps({"take_over": take_over}).encode())
        said, descriptors, _, _ = socket.recv_fds(connection, _MESSAGE_OCTETS, MOST_SOCKETS)
        answer = json.loads(said or b"{}")
    except (OSError, ValueError):
        connection.close()  # nobody there, or it died just now
        return None
    if "refused" in answer:
        connection.close()
        raise in_use(data)
    opened = [adopted(each) for each in descriptors]
    named = zip(answer.get("sockets", ()), opened, strict=True)
    return Predecessor(
        connection, [Listening(setting, interface, 0, one) for (setting, interface), one in named]
    )


def in_use(data: Path) -> ConfigurationError:
    return ConfigurationError(
        "another provd runs on this data folder",
        where=str(data),
        remedy="Stop it first, or give each its own --data",
    )


class Offer:
    """Gives our sockets to a successor. `followed` is called on a thread of ours when one serves
    that took over; `stopping` tells whether we have been told to stop anyway."""

    def __init__(
        self,
        data: Path,
        sockets: Callable[[], Sequence[Listening]],
        *,
        stopping: Callable[[], bool],
        followed: Callable[[], None],
    ) -> None:
        self._data = data
        self._sockets = sockets
        self._stopping = stopping
        self._followed = followed
        self._bound: os.stat_result | None = None

    def start(self) -> None:
        """In place of a predecessor's. Raises OSError where the folder takes nothing."""
        (self._data / SOCKET).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with _reachable(self._data) as path:
                listener.bind(path)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        (self._data / SOCKET).chmod(0o600)
        self._bound = (self._data / SOCKET).stat()
        self._listener.listen(4)
        threading.Thread(target=self._run, name="handover", daemon=True).start()

    def stop(self) -> None:
        """No successor can come any more."""
        if self._bound is None:  # none ever could
            return
        with suppress(OSError):
            if os.path.samestat((self._data / SOCKET).stat(), self._bound):
                (self._data / SOCKET).unlink()
        self._listener.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        with self._listener:
            while True:
                try:
                    asking, _ = self._listener.accept()
                except OSError:  # stopped
                    return
                with asking:
                    self._answer(asking)

    def _answer(self, asking: socket.socket) -> None:
        """What goes wrong with a successor is its own affair."""
        asking.settimeout(_SECONDS)
        try:
            wanted = json.loads(asking.recv(_MESSAGE_OCTETS))
            if not (wanted["take_over"] or self._stopping()):
                asking.sendall(json.dumps({"refused": "serving"}).encode())
                return
            self._give(asking)
            asking.settimeout(None)  # it may have a database to bring up to date
            if asking.recv(_MESSAGE_OCTETS) == b"serving":
                log.info("handed_over")
                self._followed()
        except (OSError, ValueError, KeyError) as error:
            log.warning("handover_failed", error=str(error))

    def _give(self, asking: socket.socket) -> None:
        sockets = self._sockets()[:MOST_SOCKETS]
        names = [[each.setting, each.interface] for each in sockets]
        descriptors = [each.opened.fileno() for each in sockets]
        socket.send_fds(asking, [json.dumps({"sockets": names}).encode()], descriptors)


@contextmanager
def _reachable(data: Path) -> Iterator[str]:
    """The socket's path by way of an open folder: an address holds 107 octets only (unix(7))."""
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)
