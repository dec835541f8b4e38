"""Counts the MACs that were tried in vain, and tells when a neighbourhood gets silence.

A sweep asks for many MACs; a phone asks for one. So what counts is how many different ones were
refused to a neighbourhood (IPv4 /24, IPv6 /48) within an hour, registered or not alike. Anybody can
write a neighbour's address on a datagram, so what comes over TFTP counts for TFTP alone. Pure: the
time is given. Bounded: the neighbourhoods quiet for longest are forgotten first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from provd.devices.account import IPNetwork
from provd.devices.mac import Mac
from provd.exchange import IPAddress, Transport

HOUR = timedelta(hours=1)
Block = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SweepLimits:
    """With the `macs`th different MAC refused within `span` the silence begins, for `silence`.
    From the `suspect`th on no enrolment window opens to that neighbourhood. `blocks` of them are
    remembered."""

    macs: int = 20
    suspect: int = 5
    span: timedelta = HOUR
    silence: timedelta = HOUR
    blocks: int = 10_000


@dataclass(slots=True)
class _Tried:
    until: datetime
    macs: set[str] = field(default_factory=set)
    silent: bool = False


class Sweeps:
    """Of one kind of transport. Asked by the reactor's thread, told by others."""

    def __init__(self, limits: SweepLimits | None = None) -> None:
        self._limits = limits or SweepLimits()
        self._blocks: OrderedDict[Block, _Tried] = OrderedDict()
        self.silence_until: datetime | None = None  # nowhere longer; None: there was none
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._blocks)

    def silent(self, address: IPAddress, now: datetime) -> bool:
        """Whether nothing is answered there."""
        if self.silence_until is None or now >= self.silence_until:
            return False
        tried = self._blocks.get(block_of(address))
        return tried is not None and tried.silent and now < tried.until

    def suspect(self, address: IPAddress, now: datetime) -> bool:
        """Whether so many MACs were tried there that one more is hardly the asker's own."""
        tried = self._blocks.get(block_of(address))
        return tried is not None and now < tried.until and len(tried.macs) >= self._limits.suspect

    def silenced(self, now: datetime) -> list[tuple[IPNetwork, datetime]]:
        """The neighbourhoods that are given no answer, and until when; any thread may ask."""
        with self._lock:
            blocks = list(self._blocks.items())
        return [
            (network_of(block), tried.until)
            for block, tried in blocks
            if tried.silent and now < tried.until
        ]

    def refused(self, address: IPAddress, mac: Mac, now: datetime) -> bool:
        """Counts one; True when with it the silence begins."""
        block = block_of(address)
        with self._lock:
            tried = self._blocks.pop(block, None)
            if tried is None or now >= tried.until:
                tried = _Tried(now + self._limits.span)
            self._blocks[block] = tried
            if len(self._blocks) > self._limits.blocks:
                self._blocks.popitem(last=False)
            return not tried.silent and self._count(tried, mac, now)

    def granted(self, address: IPAddress, mac: Mac) -> None:
        """That MAC was the asker's own after all: it asked before it knew its password."""
        tried = self._blocks.get(block_of(address))
        if tried is not None:
            with self._lock:
                tried.macs.discard(mac.digits)

    def _count(self, tried: _Tried, mac: Mac, now: datetime) -> bool:
        tried.macs.add(mac.digits)
        tried.silent = len(tried.macs) >= self._limits.macs
        if tried.silent:
            tried.until = now + self._limits.silence
            self.silence_until = max(self.silence_until or tried.until, tried.until)
        return tried.silent


class SweepsByTransport:
    """Those over TFTP, and apart from them, each with room of its own, those over connections."""

    def __init__(self, limits: SweepLimits | None = None) -> None:
        self._datagrams = Sweeps(limits)
        self._connections = Sweeps(limits)

    def of(self, transport: Transport) -> Sweeps:
        return self._datagrams if transport is Transport.TFTP else self._connections

    def granted(self, transport: Transport, address: IPAddress, mac: Mac) -> None:
        """Who proved itself over a connection may have asked over TFTP before, but not the other
        way round: a datagram's address proves nothing for a connection's."""
        self._datagrams.granted(address, mac)
        if transport is not Transport.TFTP:
            self._connections.granted(address, mac)

    def silenced(self, now: datetime) -> list[tuple[IPNetwork, datetime, str]]:
        """As `Sweeps.silenced`, and over what; those silenced last come first."""
        found = [(*each, "TFTP") for each in self._datagrams.silenced(now)]
        found += [(*each, "HTTP and HTTPS") for each in self._connections.silenced(now)]
        return sorted(found, key=lambda each: each[1])[::-1]


def block_of(address: IPAddress) -> Block:
    """The neighbourhood: version, and the address's first 24 or 48 bits."""
    if isinstance(address, IPv4Address):
        return 4, int(address) >> 8
    return (4, int(address.ipv4_mapped) >> 8) if address.ipv4_mapped else (6, int(address) >> 80)


def network_of(block: Block) -> IPNetwork:
    """The addresses of a neighbourhood."""
    version, number = block
    return IPv4Network((number << 8, 24)) if version == 4 else IPv6Network((number << 80, 48))
