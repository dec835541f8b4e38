"""Who has subscribed to what, for whom or what, and what has become of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from provd.billing.days import check_aware
from provd.billing.plan import Side, SubjectKind
from provd.errors import InputError


class ItemKind(enum.StrEnum):
    """What fills a slot. provd boots phones alone; the others are leased beside them."""

    PHONE = "phone"
    ROUTER = "router"
    SWITCH = "switch"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Slot:
    """The place a leased device fills. It outlives the device in it, so replacing a faulty phone
    starts nothing anew. `model` and `serial` tell what it is where provd has no device for it."""

    id: int
    site_id: int
    name: str
    device_id: int | None
    item: ItemKind = ItemKind.PHONE
    model: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """What made something chargeable: for a boot, the delivery that proves it.

    `event_id` is the life cycle event's, `kind` names it ("booted", "registered", "shipped").
    Where there was no delivery `file`, `transport` and `address` are empty and `bytes_sent` is 0;
    where a person did it, `actor` is who and `reason` what was said about it.
    """

    event_id: str
    kind: str
    at: datetime
    file: str
    transport: str
    bytes_sent: int
    address: str
    actor: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        check_aware(self.at, "at")

    @classmethod
    def by_person(
        cls, event_id: str, kind: str, at: datetime, actor: str, reason: str = ""
    ) -> Cause:
        """Somebody's decision, without a delivery."""
        return cls(event_id, kind, at, "", "", 0, "", actor, reason)


PLAN_CHANGED = "plan changed"
"""The kind of the cause of an end that only makes room for another plan: a lease whose minimum term
goes on there is not terminated early."""
PLAN_LEFT = "changed to a plan that binds less"
"""As PLAN_CHANGED, but the lease's term does not go on: it is terminated."""


class ChangeKind(enum.StrEnum):
    """What can become of a subscription.

    END without an instant withdraws the end. CHARGE_SETUP: the setup fee that was put off is to
    be charged. BUY_OUT: the customer keeps the leased hardware. DEVICE_REMOVED and DEVICE_RETURNED
    tell of one device, which may have been replaced by another.
    """

    START = "start"
    END = "end"
    SUSPEND = "suspend"
    RESUME = "resume"
    CHARGE_SETUP = "charge-setup"
    BUY_OUT = "buy-out"
    DEVICE_REMOVED = "device-removed"
    DEVICE_RETURNED = "device-returned"


@dataclass(frozen=True, slots=True)
class Change:
    """A fact about a subscription: when it takes effect, and when the books learnt of it, which
    may be before or after. It is never changed; a later one may revise it."""

    id: int
    kind: ChangeKind
    effective_at: datetime | None
    known_at: datetime
    cause: Cause
    device_id: int | None = None

    def __post_init__(self) -> None:
        check_aware(self.known_at, "known_at")
        if self.effective_at is not None:
            check_aware(self.effective_at, "effective_at")
        elif self.kind is not ChangeKind.END:
            raise InputError(f"a {self.kind} takes effect at some time", key="effective_at")


@dataclass(frozen=True, slots=True)
class Parties:
    """Account ids of the three levels, and the IANA time zones in which the two issuers count
    their days. A provider that sells to customers itself is its own reseller."""

    provider_id: int
    reseller_id: int
    customer_id: int
    provider_zone: str
    reseller_zone: str

    @property
    def sides(self) -> tuple[Side, ...]:
        """Retail only where the provider is its own reseller: nobody charges himself."""
        return (Side.RETAIL,) if self.provider_id == self.reseller_id else tuple(Side)

    def issuer(self, side: Side) -> int:
        return self.provider_id if side is Side.WHOLESALE else self.reseller_id

    def debtor(self, side: Side) -> int:
        return self.reseller_id if side is Side.WHOLESALE else self.customer_id

    def zone(self, side: Side) -> str:
        return self.provider_zone if side is Side.WHOLESALE else self.reseller_zone


class SetupFee(enum.StrEnum):
    """Whether the setup fee is charged with the start, when somebody says so, or never."""

    NOW = "now"
    LATER = "later"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a subscription is for."""

    kind: SubjectKind
    id: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A plan on a subject. It costs nothing before it has started.

    `changes` are all that is known of it, in any order. The lease's minimum term counts from the
    start, or from `term_from` where it took the place of another subscription; then it has no
    trial either. Up to
    `wholesale_until` and `retail_until` each side's books have been closed: what was due up to
    then is charged; None: nothing yet.
    """

    id: int
    plan_id: int
    subject: Subject
    parties: Parties
    changes: tuple[Change, ...] = ()
    setup: SetupFee = SetupFee.NOW
    term_from: date | None = None
    wholesale_until: datetime | None = None
    retail_until: datetime | None = None

    @property
    def slot_id(self) -> int | None:
        return self.subject.id if self.subject.kind is SubjectKind.SLOT else None

    @property
    def device_id(self) -> int | None:
        return self.subject.id if self.subject.kind is SubjectKind.DEVICE else None

    @property
    def start(self) -> Change | None:
        """The first that was known is the one that counts."""
        starts = [one for one in self.changes if one.kind is ChangeKind.START]
        return min(starts, key=_order, default=None)

    @property
    def started_at(self) -> datetime | None:
        start = self.start
        return start.effective_at if start else None

    @property
    def start_cause(self) -> Cause | None:
        start = self.start
        return start.cause if start else None

    @property
    def ended_at(self) -> datetime | None:
        """When it ends, or ended, as far as is known now."""
        end = latest(self.changes, ChangeKind.END)
        return end.effective_at if end else None

    def end_seen_at(self, instant: datetime) -> datetime | None:
        """The end, as far as it was known at `instant`."""
        end = latest(known(self.changes, instant), ChangeKind.END)
        return end.effective_at if end else None

    def end_known_at(self, instant: datetime) -> datetime | None:
        """When the end that was known at `instant` became known."""
        end = latest(known(self.changes, instant), ChangeKind.END)
        return end.known_at if end else None

    def billed_until(self, side: Side) -> datetime | None:
        return self.wholesale_until if side is Side.WHOLESALE else self.retail_until


def known(changes: Iterable[Change], instant: datetime) -> list[Change]:
    """What the books knew at that instant, in the order in which they learnt it."""
    return sorted((one for one in changes if one.known_at <= instant), key=_order)


def latest(changes: Iterable[Change], kind: ChangeKind) -> Change | None:
    """The one of that kind of which the books learnt last."""
    return max((one for one in changes if one.kind is kind), key=_order, default=None)


def _order(change: Change) -> tuple[datetime, int]:
    return change.known_at, change.id
