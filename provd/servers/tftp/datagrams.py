"""A UDP socket's datagrams, several at a time, by whichever system calls there are.

`BatchedDatagrams` takes and gives many with one call; `PlainDatagrams` makes a call for each, in
Python alone. Both cut what is longer than asked for, and neither raises when sending: what the
kernel can't take is as lost on the way, and the back-off repeats it.
This module knows no packet format.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Sequence
from typing import Protocol

from provd.servers.tftp.batches import BatchReader, BatchWriter, Packet, library
from provd.servers.tftp.peers import PEER_OCTETS, Peer, name_of, peer_of

Received = tuple[bytes, Peer, bytes]  # datagram, sender, in_pktinfo or in6_pktinfo if asked for
_NOTE_OCTETS = socket.CMSG_SPACE(20)  # in6_pktinfo, the longer one
_NOTE_HEADER_OCTETS = socket.CMSG_LEN(0)
_MOST_SENT_AT_ONCE = 128
_FEW = 5  # so many calls cost less than filling in the one for all


class Datagrams(Protocol):
    """`most` is how many `receive` takes at once; fewer mean that there are no more just now."""

    most: int

    def receive(self) -> Sequence[Received]: ...

    def send(self, packets: Sequence[Packet], peers: Sequence[Peer]) -> None: ...


class PlainDatagrams:
    """A system call for each datagram."""

    def __init__(self, opened: socket.socket, most: int, octets: int, *, notes: bool) -> None:
        self.most = most
        self._socket = opened
        self._octets = octets
        self._note_octets = _NOTE_OCTETS if notes else 0

    def receive(self) -> list[Received]:
        found: list[Received] = []
        with contextlib.suppress(OSError):  # BlockingIOError: there are no more
            while len(found) < self.most:
                found.append(self._receive_one())
        return found

    def send(self, packets: Sequence[Packet], peers: Sequence[Peer]) -> None:
        send_each(self._socket, packets, peers)

    def _receive_one(self) -> Received:
        if not self._note_octets:
            datagram, name = self._socket.recvfrom(self._octets)
            return datagram, peer_of(name), b""
        datagram, notes, _, name = self._socket.recvmsg(self._octets, self._note_octets)
        return datagram, peer_of(name), notes[0][2] if notes else b""


def send_each(opened: socket.socket, packets: Sequence[Packet], peers: Sequence[Peer]) -> None:
    for packet, peer in zip(packets, peers, strict=True):
        try:
            opened.sendto(packet, name_of(peer))
        except OSError:
            continue


class BatchedDatagrams:
    """Many datagrams for a system call. Sockets of one kind share the memory for it."""

    def __init__(self, opened: socket.socket, reader: BatchReader, writer: BatchWriter) -> None:
        self.most = reader.most
        self._socket = opened
        self._descriptor = opened.fileno()
        self._reader = reader
        self._writer = writer

    def receive(self) -> list[Received]:
        found = self._reader.read(self._descriptor)
        if found and found[0][2]:
            return [(datagram, peer, _note(control)) for datagram, peer, control in found]
        return found

    def send(self, packets: Sequence[Packet], peers: Sequence[Peer]) -> None:
        if len(packets) < _FEW:
            send_each(self._socket, packets, peers)
        else:
            self._writer.write(self._descriptor, packets, peers)


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
        self._readers: dict[tuple[int, ...], BatchReader] = {}
        self._writers: dict[int, BatchWriter] = {}

    def over(
        self, opened: socket.socket, *, most: int, octets: int, notes: bool = False
    ) -> Datagrams:
        """Takes up to `most` datagrams at once, each cut at `octets`, with what the options
        IP_PKTINFO and IPV6_RECVPKTINFO note."""
        if self._library is None:
            return PlainDatagrams(opened, most, octets, notes=notes)
        name_octets = PEER_OCTETS[opened.family]
        shape = (most, name_octets, octets, _NOTE_OCTETS if notes else 0)
        if shape not in self._readers:
            self._readers[shape] = BatchReader(self._library, *shape)
        if name_octets not in self._writers:
            self._writers[name_octets] = BatchWriter(self._library, _MOST_SENT_AT_ONCE, name_octets)
        return BatchedDatagrams(opened, self._readers[shape], self._writers[name_octets])
