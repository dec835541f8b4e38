"""Turns what a server says of a finished request into a journal entry."""

from __future__ import annotations

import functools
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.exchange import Answer, IPAddress, Outcome, Refusal, Request, Stored, Transport
from provd.frozen import frozen
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.paths import take_apart

PAUSE = timedelta(minutes=2)
"""A phone that was silent for so long has booted anew."""

REMEMBERED = 20_000
"""Phones whose current boot is kept in memory; the longest silent are forgotten first."""

SHOWN_PATH = 200
SHOWN_AGENT = 300


@frozen
class Subject:
    """What the backend found out about a request; rides on its Answer or Refusal.

    `boot_step` is the place of that kind of file in the vendor's boot sequence, None where it has
    none or is not known. `tried` is a MAC that was named and not proved, whoever's it is. `proven`
    is the vendor whose factory certificate tells the MAC that was refused.
    """

    mac: Mac | None = None
    device_id: int | None = None
    file_kind: str = ""
    place: Place | None = None
    completes_boot: bool = False
    required_kinds: tuple[str, ...] = ()
    boot_step: int | None = None
    tried: Mac | None = None
    proven: str = ""


@dataclass(slots=True)
class _Boot:
    id: str
    last_at: datetime
    step: int = 0
    arrived: set[str] = field(default_factory=set)


class BootIds:
    """Tells which requests of a phone belong to one boot.

    A new boot begins after a pause, when the phone goes back in its boot sequence, and when it
    asks again for a file of the configuration that had arrived whole.
    """

    def __init__(self) -> None:
        self._boots: OrderedDict[str, _Boot] = OrderedDict()

    def assign(self, phone: str, subject: Subject, at: datetime, arrived: bool) -> str:
        boot = self._boots.get(phone)
        if boot is None or _begins_anew(boot, subject, at):
            boot = self._boots[phone] = _Boot(new_id(), at)
            if len(self._boots) > REMEMBERED:
                self._boots.popitem(last=False)
        self._boots.move_to_end(phone)
        if at > boot.last_at:
            boot.last_at = at
        if subject.boot_step is not None:
            boot.step = subject.boot_step
        if arrived:
            boot.arrived.add(subject.file_kind)
        return boot.id


def _begins_anew(boot: _Boot, subject: Subject, at: datetime) -> bool:
    goes_back = subject.boot_step is not None and subject.boot_step < boot.step
    return at - boot.last_at > PAUSE or goes_back or subject.file_kind in boot.arrived


class LastPhones:
    """Which phone was last served at an address, for a short while.

    Over TFTP a file without a MAC in its name tells nothing of who asks for it. Where the phone's
    own address stands on the packets, as on a LAN, the phone that was there a moment ago is the
    one.
    """

    WHILE = timedelta(seconds=30)

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[Subject, datetime]] = OrderedDict()

    def remember(self, address: str, subject: Subject, at: datetime) -> None:
        self._seen[address] = (subject, at)
        self._seen.move_to_end(address)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def at(self, address: str, at: datetime) -> Subject | None:
        subject, seen_at = self._seen.get(address, (None, at))
        return subject if at - seen_at <= self.WHILE else None


class Recorder:
    """Makes journal entries; keeps nothing but the boots in progress."""

    def __init__(self) -> None:
        self._boot_ids = BootIds()
        self._last_phones = LastPhones()

    def entry(
        self, request: Request, reply: Answer | Stored | Refusal, outcome: Outcome
    ) -> JournalEntry:
        address = _text(request.address)
        subject = self._subject(request, reply, address, outcome.started_at)
        # Who was not let in is somebody else: no part of the phone's boot.
        known = subject.mac.digits if subject.mac else ""
        phone = known if known and subject.place else f"{known} {address}"
        whole = outcome.whole and not isinstance(reply, Refusal)
        arrived = whole and subject.completes_boot
        return JournalEntry(
            id=new_id(),
            at=outcome.started_at,
            finished_at=outcome.finished_at,
            mac=subject.mac,
            device_id=subject.device_id,
            path=take_apart(request.path).name[:SHOWN_PATH],
            transport=request.transport.value,
            address=address,
            agent=request.agent[:SHOWN_AGENT],
            status=outcome.status,
            reason=reply.reason.value if isinstance(reply, Refusal) else "",
            bytes_sent=outcome.bytes_sent,
            size=_size(reply),
            whole=whole,
            place=subject.place,
            boot_id=self._boot_ids.assign(phone, subject, outcome.started_at, arrived),
            file_kind=subject.file_kind,
            completes_boot=subject.completes_boot,
            required_kinds=subject.required_kinds,
            method=request.method,
            proven=subject.proven,
        )

    def _subject(
        self, request: Request, reply: Answer | Stored | Refusal, address: str, at: datetime
    ) -> Subject:
        subject = reply.subject if isinstance(reply.subject, Subject) else Subject()
        if subject.device_id is not None and subject.place is not None:
            self._last_phones.remember(address, subject, at)
            return subject
        if subject.mac is not None or request.transport is not Transport.TFTP:
            return subject
        last = self._last_phones.at(address, at)
        if last is None:
            return subject
        return replace(subject, mac=last.mac, device_id=last.device_id, place=last.place)


def _size(reply: Answer | Stored | Refusal) -> int:
    if isinstance(reply, Answer):
        return len(reply.content)
    return reply.size if isinstance(reply, Stored) else 0


def _text(address: IPAddress) -> str:
    return _v4_text(int(address)) if address.version == 4 else str(address)


@functools.lru_cache(maxsize=8192)
def _v4_text(address: int) -> str:
    """A phone asks for several files, and writing an address costs more than finding it."""
    return str(IPv4Address(address))
