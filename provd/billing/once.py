"""Fees that are charged once: with the start, when asked for, or by what becomes of hardware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provd.billing.knowledge import Hardware, Knowledge, Removal
from provd.billing.obligation import Amount
from provd.billing.plan import Fee, FeeKind, Side
from provd.billing.subscription import Cause, SetupFee
from provd.billing.till import Till


@dataclass(frozen=True, slots=True)
class _Once:
    till: Till
    fee: Fee

    @property
    def kind(self) -> FeeKind:
        return self.fee.kind

    @property
    def name(self) -> str:
        return "once"

    @property
    def device_id(self) -> int | None:
        return self.till.subscription.device_id

    def _priced(self, on: date, priced_at: datetime, text: str = "") -> Amount:
        price = self.till.price(self.fee, on, priced_at)
        return Amount(price.rounded(), text or self.fee.name, None, f"{price} once")


@dataclass(frozen=True, slots=True)
class AtStart(_Once):
    """Everything that does not recur and waits for nothing."""

    def due(self, known: Knowledge) -> datetime | None:
        return self.till.begins_at

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        if not self.till.serves(known.ends_at):
            return None
        return self._priced(self.till.first_day, priced_at)

    def cause(self, known: Knowledge) -> Cause:
        return self.till.start.cause


@dataclass(frozen=True, slots=True)
class Setup(AtStart):
    """The setup fee. A reseller may put it off for its customer or waive it; the provider's is due
    with the start all the same, unless the subscription took the place of another."""

    def due(self, known: Knowledge) -> datetime | None:
        subscription = self.till.subscription
        replaces = subscription.term_from is not None
        if subscription.setup is SetupFee.NOW or (
            self.till.side is Side.WHOLESALE and not replaces
        ):
            return self.till.begins_at
        asked = known.setup_asked.effective_at if known.setup_asked else None
        return max(asked, self.till.begins_at) if asked else None

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        due = self.due(known)
        if due is None or not self.till.serves(known.ends_at):
            return None
        return self._priced(self.till.day(due), priced_at)

    def cause(self, known: Knowledge) -> Cause:
        if self.due(known) == self.till.begins_at or known.setup_asked is None:
            return self.till.start.cause
        return known.setup_asked.cause


@dataclass(frozen=True, slots=True)
class BuyOut(_Once):
    """The customer keeps the hardware."""

    def due(self, known: Knowledge) -> datetime | None:
        return known.buy_out.effective_at if known.buy_out else None

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        at = self.due(known)
        return self._priced(self.till.day(at), priced_at) if at else None

    def cause(self, known: Knowledge) -> Cause:
        return known.buy_out.cause if known.buy_out else self.till.start.cause


@dataclass(frozen=True, slots=True)
class Unreturned(_Once):
    """Hardware that was taken out of service and did not come back in time. What comes back later
    than that is charged all the same."""

    hardware: Hardware

    @property
    def name(self) -> str:
        device_id, removal = self.hardware
        return f"item-{removal}" if device_id is None else f"device-{device_id}"

    @property
    def device_id(self) -> int | None:
        return self.hardware[0]

    def due(self, known: Knowledge) -> datetime | None:
        last = self._last_day(known)
        return self.till.day_begins(last + timedelta(days=1)) if last else None

    def amount(self, known: Knowledge, priced_at: datetime) -> Amount | None:
        last = self._last_day(known)
        if last is None:
            return None
        text = f"{self.fee.name}, not returned by {last}"
        return self._priced(last, priced_at, text)

    def cause(self, known: Knowledge) -> Cause:
        removal = known.removals.get(self.hardware)
        return removal.removed.cause if removal else self.till.start.cause

    def _last_day(self, known: Knowledge) -> date | None:
        """On which it may be returned; None when it was, or need not be."""
        days, removal = self.till.plan.lease.return_days, known.removals.get(self.hardware)
        if days is None or removal is None or known.buy_out is not None:
            return None
        removed_at = removal.removed.effective_at
        if removed_at is None:
            return None
        last = self.till.day(removed_at) + timedelta(days=days)
        return None if self._back_by(removal, last) else last

    def _back_by(self, removal: Removal, last: date) -> bool:
        at = removal.returned.effective_at if removal.returned else None
        return at is not None and self.till.day(at) <= last
