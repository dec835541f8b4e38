"""Turns what a server says of a finished request into a journal entry."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.exchange import Answer, Outcome, Refusal, Request
from provd.provisioning.journal import JournalEntry, new_id
from provd.provisioning.paths import take_apart

PAUSE = timedelta(minutes=2)
"""A phone that was silent for so long has booted anew."""

REMEMBERED = 20_000
"""Phones whose current boot is kept in memory; the longest silent are forgotten first."""

SHOWN_PATH = 200
SHOWN_AGENT = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """What the backend found out about a request; rides on its Answer or Refusal."""

    mac: Mac | None = None
    device_id: int | None = None
    file_kind: str = ""
    place: Place | None = None
    completes_boot: bool = False
    required_kinds: tuple[str, ...] = ()


@dataclass(slots=True)
class _Boot:
    id: str
    last_at: datetime
    arrived: set[str] = field(default_factory=set)


class BootIds:
    """Tells which requests of a phone belong to one boot.

    A new boot begins after a pause, and when a file of the configuration that had arrived whole is
    asked for again.
    """

    def __init__(self) -> None:
        self._boots: OrderedDict[str, _Boot] = OrderedDict()

    def assign(self, phone: str, file_kind: str, at: datetime, arrived: bool) -> str:
        boot = self._boots.pop(phone, None)
        if boot is None or at - boot.last_at > PAUSE or file_kind in boot.arrived:
            boot = _Boot(new_id(), at)
        boot.last_at = max(boot.last_at, at)
        if arrived:
            boot.arrived.add(file_kind)
        self._boots[phone] = boot
        if len(self._boots) > REMEMBERED:
            self._boots.popitem(last=False)
        return boot.id


class Recorder:
    """Makes journal entries; keeps nothing but the boots in progress."""

    def __init__(self) -> None:
        self._boot_ids = BootIds()

    def entry(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> JournalEntry:
        subject = reply.subject if isinstance(reply.subject, Subject) else Subject()
        address = str(request.address)
        phone = subject.mac.digits if subject.mac else address
        arrived = outcome.whole and subject.completes_boot
        served = isinstance(reply, Answer)
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
            reason="" if isinstance(reply, Answer) else reply.reason.value,
            bytes_sent=outcome.bytes_sent,
            size=len(reply.content) if isinstance(reply, Answer) else 0,
            whole=outcome.whole and served,
            place=subject.place,
            boot_id=self._boot_ids.assign(phone, subject.file_kind, outcome.started_at, arrived),
            file_kind=subject.file_kind,
            completes_boot=subject.completes_boot,
            required_kinds=subject.required_kinds,
        )
