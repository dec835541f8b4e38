"""Many datagrams for one system call: recvmmsg(2) and sendmmsg(2), which Python does not offer.

cffi calls them as the C library has them (its ABI mode), so nothing is compiled. All that the
kernel reads and writes lies in memory allocated once, and goes in and out of it in a few large
copies. Where the library lacks the calls, `library` is None and `datagrams` does without.
This module knows no packet format.
"""

from __future__ import annotations

import errno
import functools
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

_DECLARATIONS = """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen;
        struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen;
        int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int recvmmsg(int, struct mmsghdr *, unsigned int, int, void *);
    int sendmmsg(int, struct mmsghdr *, unsigned int, int);
"""
_DO_NOT_WAIT = int(socket.MSG_DONTWAIT)
_NO_ROOM = {errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM}

HEAD_OCTETS = 4
TOO_SHORT = 0
"""The head of a datagram that has fewer octets: it begins no packet of anybody's."""

Head = tuple[int, bytes]  # the first four octets, and the sender's address
SendMany = Callable[[int, Any, int, int], int]
Received = tuple[bytes, bytes, bytes]  # datagram, its sender's address, control messages


class Library:
    """The C library with the declarations that we use."""

    def __init__(self) -> None:
        from cffi import FFI  # type: ignore[import-untyped]

        self.ffi: Any = FFI()
        self.ffi.cdef(_DECLARATIONS)
        self.loaded: Any = self.ffi.dlopen(None)
        self.receive: Callable[..., int] = self.loaded.recvmmsg
        self.send: SendMany = self.loaded.sendmmsg

    def memory(self, octets: int) -> tuple[Any, int]:
        """Zeroed octets as a buffer, and where they lie."""
        owned = self.ffi.new("char[]", octets)
        return self.ffi.buffer(owned), int(self.ffi.cast("uintptr_t", owned))

    def pinned(self, octets: bytes) -> tuple[Any, int]:
        """Where they lie, and what keeps them there for as long as it is held."""
        kept = self.ffi.from_buffer(octets)
        return kept, int(self.ffi.cast("uintptr_t", kept))


@functools.cache
def library() -> Library | None:
    """None where cffi, or the C library's calls, are missing."""
    try:
        return Library()
    except (ImportError, OSError, AttributeError):
        return None


class _Memory:
    """What recvmmsg fills in: up to `most` records and their headers. Any sockets of one thread may
    share it. `name_octets` is what a sender's address takes on them, `note_octets` what their
    control messages take."""

    def __init__(
        self, found: Library, most: int, name_octets: int, datagram_octets: int, note_octets: int
    ) -> None:
        self._receive = found.receive
        self._nothing = found.ffi.NULL
        self._most = most
        self._record = datagram_octets + name_octets + note_octets
        self._records, start = found.memory(most * self._record)
        self._vectors = found.ffi.new("struct iovec[]", most)
        self._headers = found.ffi.new("struct mmsghdr[]", most)
        for index in range(most):
            place = start + index * self._record
            self._point(found.ffi, index, place, datagram_octets, name_octets, note_octets)
        self._header_octets = found.ffi.sizeof("struct mmsghdr")
        self._header_memory = found.ffi.buffer(self._headers)
        self._fresh = bytes(self._header_memory)
        self._lengths = struct.Struct(_places_of_lengths(found.ffi)).iter_unpack

    def fill(self, descriptor: int) -> tuple[bytes, bytes]:
        """The records of what has arrived, without waiting, and what the kernel left of their
        headers; empty when there is nothing."""
        count = self._receive(descriptor, self._headers, self._most, _DO_NOT_WAIT, self._nothing)
        if count <= 0:
            return b"", b""
        return self._records[: count * self._record], self._header_memory[
            : count * self._header_octets
        ]

    def after_full(self, datagram_octets: int) -> bytes:
        """What the kernel leaves of the headers when each datagram has just the octets asked for,
        and no notes."""
        for index in range(self._most):
            self._headers[index].msg_len = datagram_octets
        return bytes(self._header_memory)

    def lengths(self, headers: bytes) -> Iterator[tuple[int, int]]:
        """Those of the notes and of the datagram, for each; the kernel may write them anew."""
        self._header_memory[: len(headers)] = self._fresh[: len(headers)]
        found: Iterator[Any] = self._lengths(headers)
        return found

    def _point(
        self, ffi: Any, index: int, start: int, octets: int, name_octets: int, notes: int
    ) -> None:
        """A record is the datagram, its sender and the notes, one behind the other."""
        cast = ffi.cast
        vector, header = self._vectors[index], self._headers[index].msg_hdr
        vector.iov_base, vector.iov_len = cast("void *", start), octets
        header.msg_name, header.msg_namelen = cast("void *", start + octets), name_octets
        header.msg_iov, header.msg_iovlen = self._vectors + index, 1
        if notes:
            header.msg_control = cast("void *", start + octets + name_octets)
            header.msg_controllen = notes


class BatchReader:
    """Takes up to `most` datagrams at once; each is cut at `datagram_octets`."""

    def __init__(
        self, found: Library, most: int, name_octets: int, datagram_octets: int, note_octets: int
    ) -> None:
        self._memory = _Memory(found, most, name_octets, datagram_octets, note_octets)
        self._unpack = struct.Struct(f"{datagram_octets}s{name_octets}s{note_octets}s").iter_unpack

    def read(self, descriptor: int) -> list[Received]:
        """What has arrived, without waiting; fewer than `most` when that was all."""
        records, headers = self._memory.fill(descriptor)
        return [
            (datagram[:length], name, note[:note_length])
            for (datagram, name, note), (note_length, length) in zip(
                self._unpack(records), self._memory.lengths(headers), strict=True
            )
        ]


class HeadReader:
    """Takes the first four octets of up to `most` datagrams at once, as a number."""

    def __init__(self, found: Library, most: int, name_octets: int) -> None:
        self._memory = _Memory(found, most, name_octets, HEAD_OCTETS, 0)
        self._after_full = self._memory.after_full(HEAD_OCTETS)
        self._unpack = struct.Struct(f"!I{name_octets}s").iter_unpack

    def read(self, descriptor: int) -> list[Head]:
        """What has arrived, without waiting; fewer than `most` when that was all."""
        records, headers = self._memory.fill(descriptor)
        heads = list(self._unpack(records))
        if self._after_full.startswith(headers):  # acknowledgements, which nearly all are
            return heads
        lengths = self._memory.lengths(headers)
        return [
            head if length == HEAD_OCTETS else (TOO_SHORT, head[1])
            for head, (_, length) in zip(heads, lengths, strict=True)
        ]


def _places_of_lengths(ffi: Any) -> str:
    """A struct format that takes msg_controllen and msg_len out of a header."""
    control = ffi.offsetof("struct mmsghdr", "msg_hdr") + ffi.offsetof(
        "struct msghdr", "msg_controllen"
    )
    length = ffi.offsetof("struct mmsghdr", "msg_len")
    after_control = length - control - struct.calcsize("N")
    after_length = ffi.sizeof("struct mmsghdr") - length - struct.calcsize("I")
    return f"@{control}xN{after_control}xI{after_length}x"


class BatchWriter:
    """Sends any number of packets; `most` of them, each to its own peer, for one system call.

    `send` is sendmmsg, or what a test puts in its place.
    """

    def __init__(
        self, found: Library, most: int, name_octets: int, send: SendMany | None = None
    ) -> None:
        self._library = found
        self._most = most
        self._name_octets = name_octets
        self._vector_octets = found.ffi.sizeof("struct iovec")
        self._send = send or found.send
        self._names, names_start = found.memory(most * name_octets)
        self._vectors = found.ffi.new("struct iovec[]", most)
        self._vector_memory = found.ffi.buffer(self._vectors)
        self._headers = found.ffi.new("struct mmsghdr[]", most)
        for index in range(most):
            header = self._headers[index].msg_hdr
            header.msg_name = found.ffi.cast("void *", names_start + index * name_octets)
            header.msg_namelen = name_octets
            header.msg_iov, header.msg_iovlen = self._vectors + index, 1

    def write(self, descriptor: int, vectors: bytes, names: bytes) -> None:
        """To each name what the vector in the same place points to, which must stay there
        meanwhile. Never raises: what the kernel can't take is as lost on the way."""
        count = len(vectors) // self._vector_octets
        if count > self._most:
            end, names_end = self._most * self._vector_octets, self._most * self._name_octets
            self.write(descriptor, vectors[:end], names[:names_end])
            self.write(descriptor, vectors[end:], names[names_end:])
            return
        self._vector_memory[: len(vectors)] = vectors
        self._names[: len(names)] = names
        self._push(descriptor, count)

    def _push(self, descriptor: int, count: int) -> None:
        """The kernel may take only some of them, and stops at one that it can't send at all."""
        headers = self._headers
        while count and (taken := self._send(descriptor, headers, count, _DO_NOT_WAIT)) < count:
            if taken < 0 and self._library.ffi.errno in _NO_ROOM:
                return
            passed = max(taken, 1)
            headers, count = headers + passed, count - passed
