from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from provd.billing.plan import Side
from provd.billing.prices import PriceList
from provd.errors import InputError, MoneyError

from .samples import LEASE, PLAN, PROVIDER, RESELLER, euro, price

RETAIL = Side.RETAIL
DAY = date(2026, 12, 1)


def test_the_latest_price_valid_that_day_counts() -> None:
    prices = PriceList(
        [
            price(LEASE, RETAIL, "7", RESELLER, date(2026, 12, 2)),
            price(LEASE, RETAIL, "6", RESELLER, DAY),
            price(LEASE, RETAIL, "5", RESELLER, date(2026, 1, 1)),
        ]
    )
    assert prices.price(LEASE, RETAIL, RESELLER, date(2026, 11, 30)) == euro("5")
    assert prices.price(LEASE, RETAIL, RESELLER, DAY) == euro("6")
    assert prices.price(LEASE, RETAIL, RESELLER, date(2026, 12, 2)) == euro("7")


def test_the_recommended_price_holds_until_the_reseller_sets_one() -> None:
    prices = PriceList(
        [
            price(LEASE, RETAIL, "8", PROVIDER),
            price(LEASE, RETAIL, "6", RESELLER, DAY),
        ]
    )
    before = date(2026, 11, 30)
    assert prices.price(LEASE, RETAIL, RESELLER, before, recommended_by=PROVIDER) == euro("8")
    assert prices.price(LEASE, RETAIL, RESELLER, DAY, recommended_by=PROVIDER) == euro("6")


def test_another_resellers_price_or_the_other_side_never_counts() -> None:
    prices = PriceList([price(LEASE, RETAIL, "8", 99), price(LEASE, Side.WHOLESALE, "4", RESELLER)])
    with pytest.raises(InputError, match="no retail price"):
        prices.price(LEASE, RETAIL, RESELLER, DAY, recommended_by=PROVIDER)


def test_a_missing_price_is_named_with_its_remedy() -> None:
    with pytest.raises(InputError) as caught:
        PriceList([]).price(LEASE, RETAIL, RESELLER, DAY, name="Hardware lease")
    assert str(caught.value) == (
        "prices: seller 2 has no retail price for fee 11 (“Hardware lease”) on 2026-12-01. "
        "Enter one that is valid from that day or from before it"
    )


def test_two_prices_from_the_same_day_are_refused() -> None:
    with pytest.raises(InputError, match="two retail prices for fee 11 from 2026-12-01"):
        PriceList([price(LEASE, RETAIL, amount, RESELLER, DAY) for amount in ("6", "7")])


def test_a_plan_has_each_fee_once_and_a_real_currency() -> None:
    with pytest.raises(InputError, match="twice"):
        replace(PLAN, fees=PLAN.fees * 2)
    with pytest.raises(MoneyError, match="ISO 4217"):
        replace(PLAN, currency="XXX")
