"""What fees cost: prices that hold from a day on, and that are never changed once entered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from provd.billing.money import Money
from provd.billing.plan import Side
from provd.errors import InputError

ALWAYS = datetime.min.replace(tzinfo=UTC)
"""When a price was entered of which nobody knows when it was entered."""


@dataclass(frozen=True, slots=True)
class Price:
    """What `seller_id` takes for one fee, full period or once, from `valid_from` on; entered at
    `known_at`. Another price from the same day, entered later, takes its place from then on.

    Wholesale prices are the provider's. A retail price is the reseller's own; one whose seller is
    the plan's owner is the recommended price, which holds for resellers that set none.
    """

    fee_id: int
    side: Side
    amount: Money
    valid_from: date
    seller_id: int
    known_at: datetime = ALWAYS


_Tag = tuple[int, Side, int]


def _tag(price: Price) -> _Tag:
    return price.fee_id, price.side, price.seller_id


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one plan or of many, in any order.

    Raises InputError when a seller entered two prices for the same fee and side from the same day
    at the same moment: which of them counts would be chance.
    """

    prices: tuple[Price, ...]
    _by_tag: dict[_Tag, list[Price]] = field(compare=False, repr=False)

    def __init__(self, prices: Iterable[Price]) -> None:
        object.__setattr__(self, "prices", tuple(prices))
        by_tag: defaultdict[_Tag, list[Price]] = defaultdict(list)
        for price in self.prices:
            _check_new(price, by_tag[_tag(price)])
            by_tag[_tag(price)].append(price)
        object.__setattr__(self, "_by_tag", dict(by_tag))

    def price(
        self,
        fee_id: int,
        side: Side,
        seller_id: int,
        on: date,
        *,
        known: datetime | None = None,
        recommended_by: int | None = None,
        name: str = "",
    ) -> Money:
        """The seller's latest price valid on that day, else the latest that `recommended_by` set,
        of those entered up to `known` (None: up to now). Where there was none yet, the first that
        was entered afterwards: a price that was missing, and for which the charge has waited.

        `name` is the fee's, for the error. Raises InputError when there is no price.
        """
        sellers = [seller_id]
        if recommended_by is not None and recommended_by != seller_id:
            sellers.append(recommended_by)
        lists = [self._valid((fee_id, side, seller), on) for seller in sellers]
        found = _known(lists, known) or _entered_next(lists)
        if found is not None:
            return found.amount
        called = f"fee {fee_id} (“{name}”)" if name else f"fee {fee_id}"
        raise InputError(
            f"seller {seller_id} has no {side} price for {called} on {on}",
            key="prices",
            remedy="Enter one that is valid from that day or from before it",
        )

    def _valid(self, tag: _Tag, on: date) -> list[Price]:
        return [price for price in self._by_tag.get(tag, ()) if price.valid_from <= on]


def _known(lists: Iterable[Sequence[Price]], known: datetime | None) -> Price | None:
    """The latest of the first seller who has one."""
    for prices in lists:
        seen = [price for price in prices if known is None or price.known_at <= known]
        if seen:
            return _latest(seen)
    return None


def _entered_next(lists: Iterable[Sequence[Price]]) -> Price | None:
    """The first to be entered; of several that were entered at once, the first seller's latest."""
    lists = list(lists)
    moments = [price.known_at for prices in lists for price in prices]
    if not moments:
        return None
    first = min(moments)
    return _known(
        [[price for price in prices if price.known_at == first] for prices in lists], None
    )


def _latest(prices: Sequence[Price]) -> Price:
    return max(prices, key=lambda price: (price.valid_from, price.known_at))


def _check_new(price: Price, others: Sequence[Price]) -> None:
    moment = (price.valid_from, price.known_at)
    if any((other.valid_from, other.known_at) == moment for other in others):
        raise InputError(
            f"seller {price.seller_id} has two {price.side} prices for fee {price.fee_id} "
            f"from {price.valid_from}",
            key="prices",
            remedy="Remove one of them",
        )
