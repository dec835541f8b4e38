from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.money import Money
from provd.billing.period import Interval
from provd.billing.plan import Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Subscription
from provd.errors import InputError, MoneyError

from .samples import (
    ANNIVERSARY,
    CUSTOMER,
    IN_ARREARS,
    LEASE,
    PARTIES,
    PLAN,
    PRICES,
    PROVIDER,
    RESELLER,
    RETAIL_PRICES,
    WHOLESALE_PRICES,
    boot,
    euro,
    price,
    started,
    subscribed,
    utc,
)


def leases(
    plan: Plan, subscription: Subscription, until: str, side: Side = Side.RETAIL
) -> list[str]:
    """The recurring charges of one side as 'due day and hour (UTC): period = calculation'."""
    return [
        f"{charge.due_at:%m-%d %H:%M}: {charge.period} = {charge.calculation}"
        for charge in due_charges(plan, PRICES, subscription, utc(until), sides={side})
        if charge.period
    ]


def retail(plan: Plan, subscription: Subscription, until: str) -> list[Charge]:
    return due_charges(plan, PRICES, subscription, utc(until), sides={Side.RETAIL})


def test_nothing_is_due_before_the_start() -> None:
    waiting = replace(subscribed("2026-12-23 09:15"), changes=())
    assert due_charges(PLAN, PRICES, waiting, utc("2030-01-01")) == []
    assert retail(PLAN, subscribed("2026-12-23 09:15"), "2026-12-23 09:14:59") == []


def test_the_start_brings_the_setup_fee_and_the_first_piece_at_its_very_instant() -> None:
    setup, lease = retail(PLAN, subscribed("2026-12-23 09:15"), "2026-12-23 09:15")
    assert (setup.text, setup.amount, setup.calculation) == (
        "Setup T46U",
        euro("49"),
        "49.00 EUR once",
    )
    assert (lease.text, lease.amount, lease.calculation) == (
        "Hardware lease T46U, 2026-12-23 to 2026-12-31",
        euro("1.74"),
        "6.00 EUR x 9/31 days",
    )
    assert setup.due_at == lease.due_at == utc("2026-12-23 09:15")


def test_a_charge_names_its_parties_its_slot_and_its_cause() -> None:
    begun = utc("2026-12-23 09:15")
    wholesale = due_charges(PLAN, PRICES, subscribed("2026-12-23 09:15"), begun)[-1]
    assert wholesale.key == "5:11:wholesale:2026-12-23"
    assert (wholesale.issuer_id, wholesale.debtor_id) == (PROVIDER, RESELLER)
    assert (wholesale.subscription_id, wholesale.slot_id, wholesale.fee_id) == (5, 9, LEASE)
    sold = retail(PLAN, subscribed("2026-12-23 09:15"), "2027-02-01")[-1]
    assert (sold.issuer_id, sold.debtor_id) == (RESELLER, CUSTOMER)
    assert sold.cause == boot(begun)


def test_in_advance_each_full_period_is_due_as_its_day_begins_at_the_issuers() -> None:
    begun = subscribed("2026-12-23 09:15")
    assert leases(PLAN, begun, "2027-02-10") == [
        "12-23 09:15: 2026-12-23 to 2026-12-31 = 6.00 EUR x 9/31 days",
        "12-31 23:00: 2027-01-01 to 2027-01-31 = 6.00 EUR x 1 month",
        "01-31 23:00: 2027-02-01 to 2027-02-28 = 6.00 EUR x 1 month",
    ]
    assert leases(PLAN, begun, "2027-01-10", Side.WHOLESALE)[1] == (
        "01-01 00:00: 2027-01-01 to 2027-01-31 = 4.00 EUR x 1 month"
    )


def test_in_arrears_each_period_is_due_when_it_is_over() -> None:
    begun = subscribed("2026-12-23 09:15")
    assert leases(IN_ARREARS, begun, "2026-12-31 22:59:59") == []
    assert leases(IN_ARREARS, begun, "2027-01-31 23:00") == [
        "12-31 23:00: 2026-12-23 to 2026-12-31 = 6.00 EUR x 9/31 days",
        "01-31 23:00: 2027-01-01 to 2027-01-31 = 6.00 EUR x 1 month",
    ]


def test_an_anniversary_has_full_periods_from_the_start() -> None:
    assert leases(ANNIVERSARY, subscribed("2027-01-31 09:15"), "2027-04-01") == [
        "01-31 09:15: 2027-01-31 to 2027-02-27 = 6.00 EUR x 1 month",
        "02-27 23:00: 2027-02-28 to 2027-03-30 = 6.00 EUR x 1 month",
        "03-30 22:00: 2027-03-31 to 2027-04-29 = 6.00 EUR x 1 month",
    ]


def test_a_short_first_piece_costs_as_much_as_a_full_one_if_the_plan_says_so() -> None:
    plan = replace(PLAN, prorate_first=False)
    first = retail(plan, subscribed("2026-12-23 09:15"), "2026-12-24")[-1]
    assert (first.amount, first.calculation) == (euro("6"), "6.00 EUR x 1 month")
    assert first.text.endswith("2026-12-23 to 2026-12-31")


def test_a_quarter_is_prorated_by_its_own_days() -> None:
    plan = replace(PLAN, interval=Interval.QUARTER)
    assert leases(plan, subscribed("2026-11-22 09:15"), "2027-01-02") == [
        "11-22 09:15: 2026-11-22 to 2026-12-31 = 6.00 EUR x 40/92 days",
        "12-31 23:00: 2027-01-01 to 2027-03-31 = 6.00 EUR x 1 quarter",
    ]


def test_each_issuer_counts_days_in_its_own_zone() -> None:
    """At 23:30 in London the new month has begun in Berlin."""
    begun = subscribed("2026-12-31 23:30")
    assert leases(PLAN, begun, "2026-12-31 23:45", Side.WHOLESALE) == [
        "12-31 23:30: 2026-12-31 to 2026-12-31 = 4.00 EUR x 1/31 days"
    ]
    assert leases(PLAN, begun, "2026-12-31 23:45", Side.RETAIL) == [
        "12-31 23:30: 2027-01-01 to 2027-01-31 = 6.00 EUR x 1 month"
    ]


def test_in_arrears_the_last_piece_is_cut_at_the_end_and_due_with_it() -> None:
    ended = subscribed("2026-12-23 09:15", end="2027-01-11 15:00")
    assert leases(IN_ARREARS, ended, "2028-01-01") == [
        "12-31 23:00: 2026-12-23 to 2026-12-31 = 6.00 EUR x 9/31 days",
        "01-11 15:00: 2027-01-01 to 2027-01-10 = 6.00 EUR x 10/31 days",
    ]
    full = leases(replace(IN_ARREARS, prorate_last=False), ended, "2028-01-01")
    assert full[-1] == "01-11 15:00: 2027-01-01 to 2027-01-10 = 6.00 EUR x 1 month"


def test_a_piece_that_is_first_and_last_is_shortened_where_the_plan_prorates() -> None:
    ended = subscribed("2026-12-11 09:15", end="2026-12-21 15:00")

    def days(first: bool, last: bool) -> str:
        plan = replace(IN_ARREARS, prorate_first=first, prorate_last=last)
        return leases(plan, ended, "2028-01-01")[0].partition(" = 6.00 EUR x ")[2]

    assert days(first=True, last=True) == "10/31 days"
    assert days(first=True, last=False) == "21/31 days"
    assert days(first=False, last=True) == "20/31 days"
    assert days(first=False, last=False) == "1 month"


def test_the_day_of_the_end_belongs_to_what_comes_after() -> None:
    """So an end on the first of a month leaves nothing of that month."""
    ended = subscribed("2026-12-23 09:15", end="2027-01-01 15:00")
    assert len(leases(IN_ARREARS, ended, "2028-01-01")) == 1
    same_day = subscribed("2026-12-23 09:15", end="2026-12-23 15:00")
    assert leases(IN_ARREARS, same_day, "2028-01-01") == []


def test_in_advance_an_end_that_nobody_foresaw_gives_back_what_was_not_served() -> None:
    ended = subscribed("2026-12-23 09:15", end="2027-01-11 15:00")
    assert leases(PLAN, ended, "2028-01-01") == [
        "12-23 09:15: 2026-12-23 to 2026-12-31 = 6.00 EUR x 9/31 days",
        "12-31 23:00: 2027-01-01 to 2027-01-31 = 6.00 EUR x 1 month",
        "01-11 15:00: 2027-01-01 to 2027-01-31 = 6.00 EUR x 10/31 days, less 6.00 EUR charged",
    ]
    credit = retail(PLAN, ended, "2028-01-01")[-1]
    assert (credit.key, credit.amount) == ("5:11:retail:2027-01-01:adjust:2", euro("-4.06"))
    assert credit.text.endswith("2027-01-31, credit: ends 2027-01-11")
    assert credit.cause.kind == "end"


def test_without_the_last_prorated_an_end_gives_nothing_back() -> None:
    ended = subscribed("2026-12-23 09:15", end="2027-01-11 15:00")
    kept = leases(replace(PLAN, prorate_last=False), ended, "2028-01-01")
    assert kept == leases(PLAN, ended, "2028-01-01")[:2]


def test_in_advance_an_end_announced_before_cuts_the_last_piece() -> None:
    ended = subscribed("2026-12-23 09:15", end="2027-01-11 15:00", known="2026-12-24 08:00")
    assert leases(PLAN, ended, "2028-01-01")[1:] == [
        "12-31 23:00: 2027-01-01 to 2027-01-10 = 6.00 EUR x 10/31 days",
    ]
    full = leases(replace(PLAN, prorate_last=False), ended, "2028-01-01")
    assert full[1:] == ["12-31 23:00: 2027-01-01 to 2027-01-10 = 6.00 EUR x 1 month"]


def test_an_end_that_was_backdated_is_settled_when_it_becomes_known() -> None:
    ended = subscribed("2026-12-23 09:15", end="2027-01-11 15:00", known="2027-02-03 08:00")
    assert leases(IN_ARREARS, ended, "2028-01-01") == [
        "12-31 23:00: 2026-12-23 to 2026-12-31 = 6.00 EUR x 9/31 days",
        "01-31 23:00: 2027-01-01 to 2027-01-31 = 6.00 EUR x 1 month",
        "02-03 08:00: 2027-01-01 to 2027-01-31 = 6.00 EUR x 10/31 days, less 6.00 EUR charged",
    ]
    in_time = subscribed("2026-12-23 09:15", end="2027-01-11 15:00", known="2027-01-20 08:00")
    assert leases(IN_ARREARS, in_time, "2028-01-01")[1:] == [
        "01-20 08:00: 2027-01-01 to 2027-01-10 = 6.00 EUR x 10/31 days",
    ]


def test_what_was_ended_before_it_started_costs_nothing() -> None:
    ended = subscribed("2026-12-23 09:15", end="2026-12-23 09:15")
    assert due_charges(PLAN, PRICES, ended, utc("2028-01-01")) == []


def test_the_price_is_that_of_the_pieces_first_day() -> None:
    dearer = price(LEASE, Side.RETAIL, "7", RESELLER, date(2027, 1, 2))
    prices = PriceList((*PRICES.prices, dearer))
    begun = subscribed("2026-12-01 09:15")
    found = due_charges(PLAN, prices, begun, utc("2027-02-02"), sides={Side.RETAIL})
    assert [charge.amount for charge in found if charge.period] == [
        euro("6"),
        euro("6"),
        euro("7"),
    ]


def test_a_missing_retail_price_holds_up_no_wholesale_charge() -> None:
    prices = PriceList(WHOLESALE_PRICES)
    begun, until = subscribed("2026-12-23 09:15"), utc("2026-12-24")
    with pytest.raises(InputError, match=r"no retail price .*Setup T46U.* on 2026-12-23"):
        due_charges(PLAN, prices, begun, until)
    assert len(due_charges(PLAN, prices, begun, until, sides={Side.WHOLESALE})) == 2


def test_a_price_in_another_currency_than_the_plans_is_refused() -> None:
    foreign = [replace(each, amount=Money(each.amount.amount, "CHF")) for each in PRICES.prices]
    with pytest.raises(MoneyError, match="is in EUR"):
        due_charges(PLAN, PriceList(foreign), subscribed("2026-12-23 09:15"), utc("2026-12-24"))


def test_a_provider_that_sells_itself_charges_no_wholesale() -> None:
    alone = subscribed("2026-12-23 09:15", parties=replace(PARTIES, provider_id=RESELLER))
    found = due_charges(PLAN, PriceList(RETAIL_PRICES), alone, utc("2026-12-24"))
    assert {charge.side for charge in found} == {Side.RETAIL}


def test_they_are_sorted_by_instant_and_key() -> None:
    found = due_charges(PLAN, PRICES, subscribed("2026-12-23 09:15"), utc("2027-03-01"))
    assert found == sorted(found, key=lambda charge: (charge.due_at, charge.key))
    assert len(found) == 2 + 2 * 4


def test_instants_may_come_in_any_zone_and_leave_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    begun = subscribed("2026-12-23 09:15")
    begun = replace(begun, changes=(started(datetime(2026, 12, 23, 18, 15, tzinfo=tokyo)),))
    assert due_charges(PLAN, PRICES, begun, utc("2027-03-01").astimezone(tokyo)) == due_charges(
        PLAN, PRICES, subscribed("2026-12-23 09:15"), utc("2027-03-01")
    )
    assert retail(PLAN, begun, "2026-12-24")[0].due_at.utcoffset() == timedelta(0)


def test_nonsense_is_refused() -> None:
    begun = subscribed("2026-12-23 09:15")
    with pytest.raises(InputError, match="no time zone"):
        due_charges(PLAN, PRICES, begun, datetime(2027, 1, 1))  # noqa: DTZ001 - the very mistake
    with pytest.raises(InputError, match="not on plan"):
        due_charges(replace(PLAN, id=8), PRICES, begun, utc("2027-01-01"))
    with pytest.raises(InputError, match="takes effect at some time"):
        replace(begun.changes[0], effective_at=None)
    nowhere = replace(begun, parties=replace(PARTIES, reseller_zone="Europe/Atlantis"))
    with pytest.raises(InputError, match="no time zone"):
        due_charges(PLAN, PRICES, nowhere, utc("2027-01-01"))


def test_the_first_piece_costs_what_its_own_first_day_costs() -> None:
    dearer = price(LEASE, Side.RETAIL, "31", RESELLER, date(2026, 12, 20))
    prices = PriceList((*PRICES.prices, dearer))
    begun = subscribed("2026-12-23 09:15")
    found = due_charges(PLAN, prices, begun, utc("2026-12-24"), sides={Side.RETAIL})
    assert found[-1].amount == euro("9")


def test_a_reseller_without_a_price_sells_at_the_recommended_one() -> None:
    recommended = [replace(each, seller_id=PROVIDER) for each in RETAIL_PRICES]
    found = due_charges(
        PLAN,
        PriceList(recommended),
        subscribed("2026-12-23 09:15"),
        utc("2026-12-24"),
        sides={Side.RETAIL},
    )
    assert [charge.amount for charge in found] == [euro("49"), euro("1.74")]
    assert {charge.issuer_id for charge in found} == {RESELLER}


def test_a_price_finer_than_a_cent_is_shown_whole_and_charged_rounded() -> None:
    fine = [replace(each, amount=euro("0.125")) for each in RETAIL_PRICES]
    begun = subscribed("2026-12-01 09:15")
    found = due_charges(PLAN, PriceList(fine), begun, utc("2026-12-02"), sides={Side.RETAIL})
    assert [(charge.amount, charge.calculation) for charge in found] == [
        (euro("0.13"), "0.125 EUR once"),
        (euro("0.13"), "0.125 EUR x 1 month"),
    ]


def test_what_a_repeated_midnight_made_due_stays_due() -> None:
    """St. John's put its clocks back at 00:01: 2010-11-07 began, then it was the 6th again."""
    parties = replace(PARTIES, reseller_zone="America/St_Johns")
    begun = subscribed("2010-10-07 12:00", parties=parties)
    both = [
        leases(ANNIVERSARY, begun, "2010-11-07 02:30:30"),
        leases(ANNIVERSARY, begun, "2010-11-07 02:45:00"),
    ]
    assert [len(found) for found in both] == [2, 2]
