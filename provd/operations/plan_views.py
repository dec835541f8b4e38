"""What people see of a plan: its terms, and the prices that concern them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from provd.billing.money import Money
from provd.billing.plan import Fee, Plan, Side
from provd.billing.prices import Price, PriceList
from provd.errors import InputError


@dataclass(frozen=True, slots=True)
class PricedFee:
    """What a fee costs on a day, None where nobody has set a price: the provider's, the one that
    the plan's owner recommends, and the reader's own. `history` are all that the reader may see,
    past and future, by their first day and then as they were entered."""

    fee: Fee
    wholesale: Money | None
    recommended: Money | None
    own: Money | None
    history: tuple[Price, ...]

    @property
    def retail(self) -> Money | None:
        """What the reader's customers pay."""
        return self.own if self.own is not None else self.recommended


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A plan as one reader sees it. `managed`: the reader may change it; `shared_with` names
    resellers to the administrator alone."""

    plan: Plan
    owner: str
    managed: bool
    on_sale: bool
    shared_with: tuple[str, ...]
    fees: tuple[PricedFee, ...]

    def fee(self, name: str) -> Fee:
        """By its name, or by its kind where that is one fee's. Raises InputError."""
        wanted = name.strip().casefold()
        fees = self.plan.fees
        found = [fee for fee in fees if wanted == fee.name.casefold()]
        found = found or [fee for fee in fees if wanted == fee.kind]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"{fee.name} ({fee.kind})" for fee in fees)
        problem = "has several fees" if found else "has no fee"
        raise InputError(
            f"plan “{self.plan.name}” {problem} “{name}”", key="fee", remedy=f"It has: {known}"
        )


def priced(
    plan: Plan, prices: PriceList, provider_id: int, reader_id: int, on: date
) -> tuple[PricedFee, ...]:
    """The prices of a list that holds what the reader may see."""
    sellers = {Side.WHOLESALE: provider_id, Side.RETAIL: plan.owner_id}
    return tuple(_priced(fee, prices, sellers, reader_id, on) for fee in plan.fees)


def _priced(
    fee: Fee, prices: PriceList, sellers: Mapping[Side, int], reader_id: int, on: date
) -> PricedFee:
    history = [one for one in prices.prices if one.fee_id == fee.id]
    own = None
    if reader_id != sellers[Side.RETAIL]:
        own = _price(history, fee, Side.RETAIL, reader_id, on)
    return PricedFee(
        fee=fee,
        wholesale=_price(history, fee, Side.WHOLESALE, sellers[Side.WHOLESALE], on),
        recommended=_price(history, fee, Side.RETAIL, sellers[Side.RETAIL], on),
        own=own,
        history=tuple(sorted(history, key=lambda one: (one.side, one.valid_from, one.known_at))),
    )


def _price(prices: Sequence[Price], fee: Fee, side: Side, seller_id: int, on: date) -> Money | None:
    try:
        return PriceList(prices).price(fee.id, side, seller_id, on)
    except InputError:
        return None
