"""A UDP socket's datagrams, several at a time, by whichever system calls there are.

    requests     whole datagrams, and to which address they came
    transfers    the first four octets of each as a number, its head; packets by their vectors

`Batched...` takes and gives many with one call; `Plain...` makes a call for each, in Python alone.
Both cut what is longer than asked for, and neither raises when sending: what the kernel can't take
is as lost on the way, and the back-off repeats it.
This module knows no packet format.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Sequence
from typing import Protocol

from provd.servers.tftp.batches import (
    HEAD_OCTETS,
    TOO_SHORT,
    BatchReader,
    BatchWriter,
    Head,
    HeadReader,
    library,
)
from provd.servers.tftp.pages import Page
from provd.servers.tftp.peers import PEER_OCTETS, Peer, name_of, peer_of

Received = tuple[bytes, Peer, bytes]  # datagram, sender, in_pktinfo or in6_pktinfo if asked for
_NOTE_OCTETS = socket.CMSG_SPACE(20)  # in6_pktinfo, the longer one
_NOTE_HEADER_OCTETS = socket.CMSG_LEN(0)
_REQUESTS_AT_ONCE = 32
_LONGEST_REQUEST_OCTETS = 2048
_HEADS_AT_ONCE = 128
_MOST_SENT_AT_ONCE = 128


class RequestDatagrams(Protocol):
    def receive(self) -> list[Received]: ...


class TransferDatagrams(Protocol):
    """`most` is how many `heads` takes at once; fewer mean that there are no more just now."""

    most: int

    def heads(self) -> list[Head]: ...

    def send(self, vectors: Sequence[bytes], pages: Sequence[Page], peers: Sequence[Peer]) -> None:
        """To each peer the packet that its vector points to, in its page."""


def head_of(datagram: bytes) -> int:
    """Its first four octets as a number, TOO_SHORT where there are fewer."""
    return (
        int.from_bytes(datagram[:HEAD_OCTETS], "big") if len(datagram) >= HEAD_OCTETS else TOO_SHORT
    )


class PlainRequests:
    """A system call for each datagram."""

    def __init__(self, opened: socket.socket, *, notes: bool) -> None:
        self._socket = opened
        self._note_octets = _NOTE_OCTETS if notes else 0

    def receive(self) -> list[Received]:
        found: list[Received] = []
        with contextlib.suppress(OSError):  # BlockingIOError: there are no more
            while len(found) < _REQUESTS_AT_ONCE:
                found.append(self._receive_one())
        return found

    def _receive_one(self) -> Received:
        if not self._note_octets:
            datagram, name = self._socket.recvfrom(_LONGEST_REQUEST_OCTETS)
            return datagram, peer_of(name), b""
        datagram, notes, _, name = self._socket.recvmsg(_LONGEST_REQUEST_OCTETS, self._note_octets)
        return datagram, peer_of(name), notes[0][2] if notes else b""


class PlainTransfers:
    """A system call for each datagram."""

    def __init__(self, opened: socket.socket) -> None:
        self.most = _HEADS_AT_ONCE
        self._socket = opened

    def heads(self) -> list[Head]:
        found: list[Head] = []
        with contextlib.suppress(OSError):  # BlockingIOError: there are no more
            while len(found) < self.most:
                datagram, name = self._socket.recvfrom(HEAD_OCTETS)
                found.append((head_of(datagram), peer_of(name)))
        return found

    def send(self, vectors: Sequence[bytes], pages: Sequence[Page], peers: Sequence[Peer]) -> None:
        for vector, page, peer in zip(vectors, pages, peers, strict=True):
            with contextlib.suppress(OSError):
                self._socket.sendto(page.found(vector), name_of(peer))


class BatchedRequests:
    """Many datagrams for a system call. Sockets of one kind share the memory for it."""

    def __init__(self, opened: socket.socket, reader: BatchReader) -> None:
        self._descriptor = opened.fileno()
        self._reader = reader

    def receive(self) -> list[Received]:
        found = self._reader.read(self._descriptor)
        if found and found[0][2]:
            return [(datagram, peer, _note(control)) for datagram, peer, control in found]
        return found


class BatchedTransfers:
    """The same for transfers."""

    def __init__(self, opened: socket.socket, reader: HeadReader, writer: BatchWriter) -> None:
        self.most = _HEADS_AT_ONCE
        self._descriptor = opened.fileno  # when it is closed its number may be another's
        self._reader = reader
        self._writer = writer

    def heads(self) -> list[Head]:
        return self._reader.read(self._descriptor())

    def send(self, vectors: Sequence[bytes], pages: Sequence[Page], peers: Sequence[Peer]) -> None:
        # Whoever calls holds the pages, so that the octets are there until the kernel has them.
        self._writer.write(self._descriptor(), b"".join(vectors), b"".join(peers))


def _note(control: bytes) -> bytes:
    """The data of the first control message (cmsg(3))."""
    (length,) = struct.unpack_from("@N", control)
    return control[_NOTE_HEADER_OCTETS:length]


class DatagramWays:
    """Gives sockets the best way there is. `batched` False: a call for each datagram, as also
    where the calls for many are missing.

    Its sockets share memory, so they belong to one thread.
    """

    def __init__(self, *, batched: bool = True) -> None:
        self._library = library() if batched else None
        self._readers: dict[tuple[int, bool], BatchReader] = {}
        self._transfers: dict[int, tuple[HeadReader, BatchWriter]] = {}

    def requests(self, opened: socket.socket, *, notes: bool) -> RequestDatagrams:
        """With what the options IP_PKTINFO and IPV6_RECVPKTINFO note, if that is asked for."""
        if self._library is None:
            return PlainRequests(opened, notes=notes)
        name_octets = PEER_OCTETS[opened.family]
        reader = self._readers.get((name_octets, notes))
        if reader is None:
            reader = self._readers[name_octets, notes] = BatchReader(
                self._library,
                _REQUESTS_AT_ONCE,
                name_octets,
                _LONGEST_REQUEST_OCTETS,
                _NOTE_OCTETS if notes else 0,
            )
        return BatchedRequests(opened, reader)

    def transfers(self, opened: socket.socket) -> TransferDatagrams:
        if self._library is None:
            return PlainTransfers(opened)
        name_octets = PEER_OCTETS[opened.family]
        if name_octets not in self._transfers:
            self._transfers[name_octets] = (
                HeadReader(self._library, _HEADS_AT_ONCE, name_octets),
                BatchWriter(self._library, _MOST_SENT_AT_ONCE, name_octets),
            )
        return BatchedTransfers(opened, *self._transfers[name_octets])
