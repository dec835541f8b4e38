"""Which charges a subscription has given rise to so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from provd.billing.charge import Charge, charge_key
from provd.billing.days import check_aware, local_date, zone_named
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.pieces import Piece, pieces
from provd.billing.plan import Fee, Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Cause, Parties, Subscription
from provd.errors import InputError, MoneyError

BOTH_SIDES = frozenset(Side)


def due_charges(
    plan: Plan,
    prices: PriceList,
    subscription: Subscription,
    until: datetime,
    *,
    sides: Collection[Side] = BOTH_SIDES,
) -> list[Charge]:
    """Every charge due at or before `until`, since the start, sorted by (due_at, key).

    A later `until` adds charges and changes none, so running daily and running late come to the
    same. One side can be asked for alone, so that a retail price that is missing holds up no
    wholesale charge.

    Raises InputError for a missing price, an unknown time zone or another plan than the
    subscription's, MoneyError for a price in another currency than the plan's.
    """
    check_aware(until, "until")
    if subscription.plan_id != plan.id:
        raise InputError(f"subscription {subscription.id} is not on plan “{plan.name}”")
    if subscription.started_at is None or subscription.start_cause is None:
        return []
    found = [
        charge
        for side in subscription.parties.sides
        if side in sides
        for charge in _Till(
            plan,
            prices,
            subscription,
            side,
            subscription.started_at.astimezone(UTC),
            subscription.start_cause,
        ).charges(until)
    ]
    return sorted(found, key=lambda charge: (charge.due_at, charge.key))


def price_of(
    plan: Plan,
    prices: PriceList,
    parties: Parties,
    side: Side,
    fee: Fee,
    on: date,
    known: datetime | None = None,
) -> Money:
    """What the fee costs that day: the issuer's own price, or the one that the plan's owner
    recommends, of those that had been entered when it was `known`.

    Raises InputError when there is none, MoneyError when it is not in the plan's currency.
    """
    price = prices.price(
        fee.id,
        side,
        parties.issuer(side),
        on,
        known=known,
        recommended_by=plan.owner_id,
        name=fee.name,
    )
    if price.currency != plan.currency:
        raise MoneyError(
            f"“{fee.name}” costs {price}, but plan “{plan.name}” is in {plan.currency}"
        )
    return price


@dataclass(frozen=True, slots=True)
class _Till:
    """One subscription that has started, as one side charges it."""

    plan: Plan
    prices: PriceList
    subscription: Subscription
    side: Side
    started_at: datetime
    cause: Cause

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.subscription.parties.zone(self.side))

    def charges(self, until: datetime) -> Iterator[Charge]:
        if self._began_by(until):
            yield from (self._once(fee) for fee in self.plan.fees if not fee.recurring)
        recurring = [fee for fee in self.plan.fees if fee.recurring]
        if not recurring:
            return
        for piece in pieces(self.plan, self.subscription, self.started_at, self.zone, until):
            yield from (self._for_piece(fee, piece) for fee in recurring)

    def _began_by(self, until: datetime) -> bool:
        """Whether the start has come, and nobody had ended the subscription before it."""
        end = self.subscription.end_seen_at(self.started_at)
        return self.started_at <= until and (end is None or end > self.started_at)

    def _once(self, fee: Fee) -> Charge:
        price = self._price(fee, local_date(self.started_at, self.zone), self.started_at)
        return self._charge(fee, None, self.started_at, price.rounded(), f"{price} once")

    def _for_piece(self, fee: Fee, piece: Piece) -> Charge:
        price = self._price(fee, piece.period.start, piece.due_at)
        times = f"{piece.days}/{piece.full.days} days" if piece.share != 1 else self._whole
        return self._charge(
            fee, piece.period, piece.due_at, (price * piece.share).rounded(), f"{price} x {times}"
        )

    @property
    def _whole(self) -> str:
        return f"1 {self.plan.interval}"

    def _price(self, fee: Fee, on: date, known: datetime) -> Money:
        parties = self.subscription.parties
        return price_of(self.plan, self.prices, parties, self.side, fee, on, known)

    def _charge(
        self, fee: Fee, period: Period | None, due_at: datetime, amount: Money, calculation: str
    ) -> Charge:
        subscription, parties = self.subscription, self.subscription.parties
        return Charge(
            key=charge_key(subscription.id, fee.id, self.side, period),
            subscription_id=subscription.id,
            slot_id=subscription.slot_id,
            side=self.side,
            fee_id=fee.id,
            kind=fee.kind,
            text=f"{fee.name}, {period}" if period else fee.name,
            period=period,
            amount=amount,
            issuer_id=parties.issuer(self.side),
            debtor_id=parties.debtor(self.side),
            due_at=due_at,
            cause=self.cause,
            calculation=calculation,
            tax_category=fee.tax_category,
            device_id=subscription.device_id,
        )
