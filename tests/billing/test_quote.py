from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.billing.due import due_charges
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, FeeTerms, LeaseTerms, Side, StartsOn
from provd.billing.prices import PriceList
from provd.billing.quote import Quote, quote
from provd.billing.subscription import SetupFee
from provd.errors import InputError

from .samples import (
    IN_ARREARS,
    LEASE,
    PARTIES,
    PLAN,
    PRICES,
    RESELLER,
    RETAIL_PRICES,
    WHOLESALE_PRICES,
    euro,
    price,
    subscribed,
    utc,
)

NOON = utc("2026-12-23 12:00")


def retail(found: Quote) -> list[str]:
    return [
        f"{line.text}: {line.amount} {line.when} ({line.calculation})"
        for line in found.side(Side.RETAIL)
    ]


def test_it_itemises_the_start_and_then_what_recurs() -> None:
    found = quote(PLAN, PRICES, PARTIES, NOON)
    assert retail(found) == [
        "Setup T46U: 49.00 EUR at the start (49.00 EUR once)",
        "Hardware lease T46U, 2026-12-23 to 2026-12-31: 1.74 EUR at the start "
        "(6.00 EUR x 9/31 days)",
        "Hardware lease T46U: 6.00 EUR every month in advance, from 2027-01-01 "
        "(6.00 EUR x 1 month)",
    ]
    assert [line.recurring for line in found.side(Side.RETAIL)] == [False, False, True]


def test_it_totals_each_side() -> None:
    found = quote(PLAN, PRICES, PARTIES, NOON)
    assert found.due_at_start(Side.RETAIL) == euro("50.74")
    assert found.per_period(Side.RETAIL) == euro("6")
    assert found.due_at_start(Side.WHOLESALE) == euro("21.16")
    assert found.per_period(Side.WHOLESALE) == euro("4")


def test_in_arrears_only_the_setup_is_due_at_the_start() -> None:
    found = quote(IN_ARREARS, PRICES, PARTIES, NOON)
    assert retail(found) == [
        "Setup T46U: 49.00 EUR at the start (49.00 EUR once)",
        "Hardware lease T46U, 2026-12-23 to 2026-12-31: 1.74 EUR on 2027-01-01 "
        "(6.00 EUR x 9/31 days)",
        "Hardware lease T46U: 6.00 EUR every month in arrears, from 2027-02-01 "
        "(6.00 EUR x 1 month)",
    ]
    assert found.due_at_start(Side.RETAIL) == euro("49")


def test_it_says_what_it_assumed() -> None:
    assert quote(PLAN, PRICES, PARTIES, NOON).introduction == (
        "Computed for a start on 2026-12-23. It starts on the day the device first boots at the "
        "customer's site."
    )
    at_once = replace(PLAN, starts_on=StartsOn.REGISTERED)
    assert "device is registered" in quote(at_once, PRICES, PARTIES, NOON).introduction


def test_a_price_that_changes_with_the_next_period_shows_in_the_regular_amount() -> None:
    dearer = price(LEASE, Side.RETAIL, "7.50", RESELLER, date(2027, 1, 1))
    found = quote(PLAN, PriceList((*PRICES.prices, dearer)), PARTIES, NOON)
    assert found.due_at_start(Side.RETAIL) == euro("50.74")
    assert found.per_period(Side.RETAIL) == euro("7.50")


def test_one_side_can_be_quoted_without_the_others_prices() -> None:
    prices = PriceList(WHOLESALE_PRICES)
    found = quote(PLAN, prices, PARTIES, NOON, sides={Side.WHOLESALE})
    assert {line.side for line in found.lines} == {Side.WHOLESALE}
    with pytest.raises(InputError, match="no retail price"):
        quote(PLAN, prices, PARTIES, NOON)


def test_a_provider_that_sells_itself_quotes_no_wholesale() -> None:
    alone = replace(PARTIES, provider_id=RESELLER)
    assert {line.side for line in quote(PLAN, PriceList(RETAIL_PRICES), alone, NOON).lines} == {
        Side.RETAIL
    }


@given(
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.sampled_from(Interval),
    st.sampled_from(Cycle),
    st.sampled_from(Timing),
)
def test_what_is_quoted_is_what_is_charged(
    on: date, interval: Interval, cycle: Cycle, timing: Timing
) -> None:
    plan = replace(PLAN, interval=interval, cycle=cycle, timing=timing)
    begun = subscribed(f"{on} 12:00")
    charged = due_charges(plan, PRICES, begun, utc("2032-01-01 00:00"), sides={Side.RETAIL})
    quoted = quote(plan, PRICES, PARTIES, utc(f"{on} 12:00"), sides={Side.RETAIL})
    once = [(line.text, line.amount) for line in quoted.lines if not line.recurring]
    assert once == [(charge.text, charge.amount) for charge in charged[:2]]
    assert charged[2].amount == quoted.per_period(Side.RETAIL)


@pytest.mark.parametrize("timing", Timing)
def test_each_side_is_quoted_by_its_own_days_as_it_is_charged(timing: Timing) -> None:
    """Half an hour before midnight in London it is the new year in Berlin."""
    plan = replace(PLAN, timing=timing, starts_on=StartsOn.REGISTERED)
    charged = due_charges(
        plan, PRICES, subscribed("2026-12-31 23:30"), utc("2027-01-31 23:30"), sides=set(Side)
    )
    quoted = quote(plan, PRICES, PARTIES, utc("2026-12-31 23:30"))
    assert quoted.days == {Side.WHOLESALE: date(2026, 12, 31), Side.RETAIL: date(2027, 1, 1)}
    assert "2026-12-31 (wholesale) and 2027-01-01 (retail)" in quoted.introduction
    for side in Side:
        own = [(charge.text, charge.amount) for charge in charged if charge.side is side]
        once = [(line.text, line.amount) for line in quoted.side(side) if not line.recurring]
        assert once == own[:2]
    advance = timing is Timing.ADVANCE
    assert quoted.due_at_start(Side.WHOLESALE) == euro("20.13" if advance else "20")
    assert quoted.due_at_start(Side.RETAIL) == euro("55" if advance else "49")


def test_it_tells_the_trial_the_term_and_what_may_come_to_be_owed() -> None:
    fees = (
        *PLAN.fees,
        Fee(20, FeeKind.BUY_OUT, "Phone bought", recurring=False),
        Fee(21, FeeKind.UNRETURNED, "Phone kept", recurring=False),
    )
    plan = replace(PLAN, fees=fees, trial_days=14, lease=LeaseTerms(12, 50, 21))
    prices = PriceList(
        (*PRICES.prices, *(price(20 + at, Side.RETAIL, "90", RESELLER) for at in (0, 1)))
    )
    found = quote(plan, prices, PARTIES, NOON, sides={Side.RETAIL}, setup=SetupFee.LATER)
    assert retail(found)[0] == (
        "Hardware lease T46U, 2027-01-06 to 2027-01-31: 5.03 EUR on 2027-01-06, after the trial "
        "(6.00 EUR x 26/31 days)"
    )
    assert found.due_at_start(Side.RETAIL) == euro("0")
    assert [text for _, text in found.conditions] == [
        "Nothing is charged before 2027-01-06, after 14 days of trial.",
        "The setup fee is charged when somebody asks for it.",
        "The lease binds for 12 months, until 2028-01-06; an earlier end costs 50 % of the lease "
        "until then.",
        "Phone bought: 90.00 EUR when the hardware is bought.",
        "Phone kept: 90.00 EUR for hardware that is not back within 21 days of its removal.",
    ]


def test_each_fee_is_quoted_by_its_own_terms() -> None:
    yearly = FeeTerms(Cycle.ANNIVERSARY, Interval.YEAR, Timing.ARREARS)
    plan = replace(PLAN, fees=(PLAN.fees[0], replace(PLAN.fees[1], terms=yearly)))
    assert retail(quote(plan, PRICES, PARTIES, NOON))[1:] == [
        "Hardware lease T46U, 2026-12-23 to 2027-12-22: 6.00 EUR on 2027-12-23 (6.00 EUR x 1 year)",
        "Hardware lease T46U: 6.00 EUR every year in arrears, from 2028-12-23 (6.00 EUR x 1 year)",
    ]
