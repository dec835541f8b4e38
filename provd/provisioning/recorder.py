"""Turns what a server says of a finished request into a line of the journal's spool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.exchange import Answer, IPAddress, Outcome, Refusal, Request, Stored, Transport
from provd.frozen import frozen
from provd.provisioning.boot import Boot
from provd.provisioning.journal import new_id
from provd.provisioning.paths import take_apart
from provd.provisioning.recent import Recent
from provd.provisioning.spool_lines import EPOCH, MICROSECOND, line_of, unchanging

REMEMBERED = 20_000
"""Phones whose current boot is kept in memory at least; the longest silent are forgotten first."""

SPOTS = 10_000
"""Addresses that are kept in the same way. Each keeps an answer's subject, some 0.7 KB."""

A_MOMENT = 30_000_000
"""Microseconds."""

SHOWN_PATH = 200
SHOWN_AGENT = 300

_Asked = tuple[str, Transport, str, str]


class _Same:
    """What the lines of one subject have in common as long as it is asked for in the same words:
    made with the first of them, since a phone that boots again asks for the same."""

    __slots__ = ("asked", "piece")

    def __init__(self) -> None:
        self.asked: _Asked | None = None
        self.piece = ""

    def make(self, asked: _Asked, subject: Subject) -> None:
        path, transport, agent, method = self.asked = asked
        self.piece = unchanging(
            mac=subject.mac,
            device_id=subject.device_id,
            path=take_apart(path).name[:SHOWN_PATH],
            transport=transport.value,
            agent=agent[:SHOWN_AGENT],
            place=subject.place,
            file_kind=subject.file_kind,
            completes_boot=subject.completes_boot,
            required_kinds=subject.required_kinds,
            method=method,
            proven=subject.proven,
        )


@frozen
class Subject:
    """What the backend found out about a request; rides on its Answer or Refusal.

    `boot_step` is the place of that kind of file in the vendor's boot sequence, None where it has
    none or is not known. `tried` is a MAC that was named and not proved, whoever's it is. `proven`
    is the vendor whose factory certificate tells the MAC that was refused. `same` is for the
    recorder alone.
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
    same: _Same = field(default_factory=_Same, init=False, repr=False, compare=False)


class _Spot:
    """An address at which phones are served, as text, and the last one that was."""

    __slots__ = ("address", "at", "subject", "text")

    def __init__(self) -> None:
        self.address: IPAddress | None = None
        self.text = ""
        self.subject: Subject | None = None
        self.at = 0

    def written_for(self, address: IPAddress) -> None:
        """It is found by a number, which an IPv4 and an IPv6 address may have both."""
        if self.address != address:
            self.text = str(address)
        self.address = address


class Recorder:
    """Writes the journal's lines; keeps nothing but the boots in progress, and which phone was
    where a moment ago."""

    def __init__(self, booted: Callable[[Transport, Place], object] = lambda by, at: None) -> None:
        """`booted` is told of each boot when all of the phone's configuration has arrived."""
        self._booted = booted
        self._boots = Recent[str, Boot](Boot, REMEMBERED)
        self._spots = Recent[int, _Spot](_Spot, SPOTS)

    def line(self, request: Request, reply: Answer | Stored | Refusal, outcome: Outcome) -> bytes:
        """Of a request that has come to its end, for the spool."""
        at = finished_at = (outcome.started_at - EPOCH) // MICROSECOND
        if outcome.finished_at is not outcome.started_at:  # as with what is answered at once
            finished_at = (outcome.finished_at - EPOCH) // MICROSECOND
        subject = reply.subject
        if not isinstance(subject, Subject) or subject.mac is None:
            subject = self._guessed(request, subject, at)
        same, kind, place = subject.same, subject.file_kind, subject.place
        asked = (request.path, request.transport, request.agent, request.method)
        if same.asked != asked:
            same.make(asked, subject)
        if isinstance(reply, Answer):
            reason, size, whole = "", len(reply.content), outcome.whole
        else:
            reason, size, whole = _ending(reply, outcome)
        if place is not None and subject.mac is not None:
            phone = subject.mac.digits
            address = self._served(
                request.address, subject, at, guessed=subject is not reply.subject
            )
        else:  # Who was not let in is somebody else: no part of the phone's boot.
            address = str(request.address)
            phone = f"{subject.mac.digits if subject.mac else ''} {address}"
        entry_id, boot = new_id(), self._boots[phone]
        boot.asked(kind, subject.boot_step, at, entry_id)
        if whole and subject.completes_boot:
            complete = boot.completed_by(kind, subject.required_kinds)
            if complete and place is not None:
                self._booted(request.transport, place)
        return line_of(
            entry_id,
            at,
            finished_at,
            address,
            outcome.status,
            reason,
            outcome.bytes_sent,
            size,
            whole,
            boot.id,
            same.piece,
        )

    def _served(self, address: IPAddress, subject: Subject, at: int, *, guessed: bool) -> str:
        """A phone at that address, which it gives as text."""
        spot = self._spots[int(address)]
        if spot.address is not address:
            spot.written_for(address)
        if not guessed:
            spot.subject, spot.at = subject, at
        return spot.text

    def _guessed(self, request: Request, subject: object, at: int) -> Subject:
        """Over TFTP a file without a MAC in its name tells nothing of who asks for it. Where the
        phone's own address stands on the packets, as on a LAN, the phone that was there a moment
        ago is the one."""
        named = subject if isinstance(subject, Subject) else Subject()
        if named.device_id is not None or request.transport is not Transport.TFTP:
            return named
        spot = self._spots.find(int(request.address))
        if spot is None or spot.address != request.address or at - spot.at > A_MOMENT:
            return named
        phone = spot.subject or named
        return replace(named, mac=phone.mac, device_id=phone.device_id, place=phone.place)


def _ending(reply: Stored | Refusal, outcome: Outcome) -> tuple[str, int, bool]:
    """Why not, the size of the whole file, and whether it arrived whole."""
    if isinstance(reply, Stored):
        return "", reply.size, outcome.whole
    return reply.reason.value, 0, False
