"""Who has subscribed to what, for which slot, since when, and because of what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provd.billing.days import check_aware
from provd.billing.plan import Side
from provd.errors import InputError


@dataclass(frozen=True, slots=True)
class Slot:
    """The place a leased device fills. It outlives the device in it, so replacing a faulty phone
    starts nothing anew."""

    id: int
    site_id: int
    name: str
    device_id: int | None


@dataclass(frozen=True, slots=True)
class Cause:
    """What made something chargeable: for a boot, the delivery that proves it.

    `event_id` is the life cycle event's, `kind` names it ("booted", "registered", "shipped").
    Where there was no delivery `file`, `transport` and `address` are empty and `bytes_sent` is 0.
    """

    event_id: str
    kind: str
    at: datetime
    file: str
    transport: str
    bytes_sent: int
    address: str

    def __post_init__(self) -> None:
        check_aware(self.at, "at")


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


@dataclass(frozen=True, slots=True)
class Subscription:
    """A plan on a slot. It costs nothing before `started_at`, which comes with its cause.

    `end_known_at` is when the end was decided; None means no sooner than it came, at `ended_at`.
    It may lie before the end (notice was given) or after it (the end was backdated).
    """

    id: int
    plan_id: int
    slot_id: int
    parties: Parties
    started_at: datetime | None
    start_cause: Cause | None
    ended_at: datetime | None
    end_known_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.started_at is None) != (self.start_cause is None):
            raise InputError("a start and its cause come together", key="start_cause")
        for key in ("started_at", "ended_at", "end_known_at"):
            instant = getattr(self, key)
            if instant is not None:
                check_aware(instant, key)

    def end_seen_at(self, instant: datetime) -> datetime | None:
        """The end, as far as it was known at `instant`."""
        known_at = self.end_known_at or self.ended_at
        return self.ended_at if known_at is not None and known_at <= instant else None
