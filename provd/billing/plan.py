"""What is sold: a plan, its fees, and what they cost each side."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from provd.billing.currency import minor_digits
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.errors import InputError


class Side(enum.StrEnum):
    """Wholesale is what the provider charges the reseller, retail what the reseller charges its
    customer. The one never depends on the other."""

    WHOLESALE = "wholesale"
    RETAIL = "retail"


class FeeKind(enum.StrEnum):
    """What a fee is for. Revenue is booked by kind."""

    SETUP = "setup"
    LEASE = "lease"
    BASE = "base"
    SERVICE = "service"
    DELIVERY = "delivery"


class StartsOn(enum.StrEnum):
    """What starts a subscription: the device's registration, its shipment, or its first boot at
    the customer's site."""

    REGISTERED = "registered"
    SHIPPED = "shipped"
    BOOTED = "booted"


@dataclass(frozen=True, slots=True)
class Fee:
    """One thing charged for. `name` is how an invoice calls it: "Hardware lease T46U". A fee that
    does not recur is charged once, at the start."""

    id: int
    kind: FeeKind
    name: str
    recurring: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be subscribed to. `owner_id` is the account that made it; all of its prices are in
    `currency`. Without `prorate_first` a short first period costs as much as a full one, without
    `prorate_last` so does a short last one."""

    id: int
    owner_id: int
    name: str
    currency: str
    starts_on: StartsOn
    cycle: Cycle
    interval: Interval
    timing: Timing
    prorate_first: bool
    prorate_last: bool
    fees: tuple[Fee, ...]

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if len({fee.id for fee in self.fees}) != len(self.fees):
            raise InputError("a fee is in the plan twice", where=f"plan “{self.name}”", key="fees")


@dataclass(frozen=True, slots=True)
class Price:
    """What `seller_id` takes for one fee, full period or once, from `valid_from` on.

    Wholesale prices are the provider's. A retail price is the reseller's own; one whose seller is
    the provider is the recommended price, which holds for resellers that set none.
    """

    fee_id: int
    side: Side
    amount: Money
    valid_from: date
    seller_id: int


_Tag = tuple[int, Side, int]


def _tag(price: Price) -> _Tag:
    return price.fee_id, price.side, price.seller_id


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one plan or of many, in any order.

    Raises InputError when a seller has two prices for the same fee and side from the same day:
    which of them counts would be chance.
    """

    prices: tuple[Price, ...]

    def __init__(self, prices: Iterable[Price]) -> None:
        object.__setattr__(self, "prices", tuple(prices))
        seen = set()
        for price in self.prices:
            mark = (*_tag(price), price.valid_from)
            if mark in seen:
                raise InputError(
                    f"seller {price.seller_id} has two {price.side} prices for fee {price.fee_id} "
                    f"from {price.valid_from}",
                    key="prices",
                    remedy="Remove one of them",
                )
            seen.add(mark)

    def price(
        self,
        fee_id: int,
        side: Side,
        seller_id: int,
        on: date,
        *,
        recommended_by: int | None = None,
        name: str = "",
    ) -> Money:
        """The seller's latest price valid on that day, else the latest that `recommended_by` set.

        `name` is the fee's, for the error. Raises InputError when there is no price.
        """
        for seller in (seller_id, recommended_by):
            found = self._latest((fee_id, side, seller), on) if seller is not None else None
            if found is not None:
                return found.amount
        called = f"fee {fee_id} (“{name}”)" if name else f"fee {fee_id}"
        raise InputError(
            f"seller {seller_id} has no {side} price for {called} on {on}",
            key="prices",
            remedy="Enter one that is valid from that day or from before it",
        )

    def _latest(self, tag: _Tag, on: date) -> Price | None:
        valid = [price for price in self.prices if _tag(price) == tag and price.valid_from <= on]
        return max(valid, key=lambda price: price.valid_from, default=None)
