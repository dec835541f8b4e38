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
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
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
_NO_ROOM = {errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM}

Packet = bytes | memoryview
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


@functools.cache
def library() -> Library | None:
    """None where cffi, or the C library's calls, are missing."""
    try:
        return Library()
    except (ImportError, OSError, AttributeError):
        return None


class BatchReader:
    """Takes up to `most` datagrams at once; each is cut at `datagram_octets`.

    `name_octets` is what a sender's address takes on the sockets that it will read, `note_octets`
    what their control messages take. Any sockets of one thread may share a reader.
    """

    def __init__(
        self, found: Library, most: int, name_octets: int, datagram_octets: int, note_octets: int
    ) -> None:
        record = name_octets + note_octets + datagram_octets
        self.most = most
        self._library = found
        self._record = record
        self._records, start = found.memory(most * record)
        self._vectors = found.ffi.new("struct iovec[]", most)
        self._headers = found.ffi.new("struct mmsghdr[]", most)
        for index in range(most):
            self._point(index, start + index * record, datagram_octets, name_octets, note_octets)
        self._header_octets = found.ffi.sizeof("struct mmsghdr")
        self._header_memory = found.ffi.buffer(self._headers)
        self._fresh = bytes(self._header_memory)
        self._all_full = self._after_full(datagram_octets)
        self._unpack = struct.Struct(f"{datagram_octets}s{name_octets}s{note_octets}s").iter_unpack
        self._lengths = struct.Struct(_places_of_lengths(found.ffi)).iter_unpack

    def read(self, descriptor: int) -> list[Received]:
        """What has arrived, without waiting; fewer than `most` when that was all."""
        count = self._library.receive(
            descriptor, self._headers, self.most, socket.MSG_DONTWAIT, self._library.ffi.NULL
        )
        if count <= 0:
            return []
        records = self._unpack(self._records[: count * self._record])
        end = count * self._header_octets
        headers = self._header_memory[:end]
        if headers == self._all_full[:end]:  # acknowledgements, which nearly all are
            return list(records)
        self._header_memory[:end] = self._fresh[:end]  # for the kernel to write lengths there again
        return [
            (datagram[:length], name, note[:note_length])
            for (datagram, name, note), (note_length, length) in zip(
                records, self._lengths(headers), strict=True
            )
        ]

    def _after_full(self, datagram_octets: int) -> bytes:
        """What the kernel leaves of the headers when each datagram has just the octets asked for,
        and no notes."""
        for index in range(self.most):
            self._headers[index].msg_len = datagram_octets
        return bytes(self._header_memory)

    def _point(self, index: int, start: int, octets: int, name_octets: int, notes: int) -> None:
        """A record is the datagram, its sender and the notes, one behind the other."""
        cast = self._library.ffi.cast
        vector, header = self._vectors[index], self._headers[index].msg_hdr
        vector.iov_base, vector.iov_len = cast("void *", start), octets
        header.msg_name, header.msg_namelen = cast("void *", start + octets), name_octets
        header.msg_iov, header.msg_iovlen = self._vectors + index, 1
        if notes:
            header.msg_control = cast("void *", start + octets + name_octets)
            header.msg_controllen = notes


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

    def write(self, descriptor: int, packets: Sequence[Packet], peers: Sequence[bytes]) -> None:
        """Never raises: what the kernel can't take is as lost on the way."""
        for first in range(0, len(packets), self._most):
            end = first + self._most
            self._write(descriptor, packets[first:end], peers[first:end])

    def _write(self, descriptor: int, packets: Sequence[Packet], peers: Sequence[bytes]) -> None:
        count = len(packets)
        joined = b"".join(packets)
        kept = self._library.ffi.from_buffer(joined)  # pins what the vectors point into
        start = int(self._library.ffi.cast("uintptr_t", kept))
        lengths = list(map(len, packets))
        pairs = zip(accumulate(lengths, initial=start), lengths, strict=False)
        vectors = struct.pack(f"@{2 * count}N", *chain.from_iterable(pairs))
        self._vector_memory[: len(vectors)] = vectors
        self._names[: count * self._name_octets] = b"".join(peers)
        self._push(descriptor, count)

    def _push(self, descriptor: int, count: int) -> None:
        """The kernel may take only some of them, and stops at one that it can't send at all."""
        sent = 0
        while sent < count:
            taken = self._send(descriptor, self._headers + sent, count - sent, socket.MSG_DONTWAIT)
            if taken < 0 and self._library.ffi.errno in _NO_ROOM:
                return
            sent += max(taken, 1)
