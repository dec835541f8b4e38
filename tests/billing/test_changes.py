"""What becomes of a subscription, and what it costs: each rule once, in plain figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from provd.billing.due import due_charges, next_due
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Fee, FeeKind, FeeTerms, LeaseTerms, Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Change, ChangeKind, SetupFee, Subscription
from provd.errors import InputError

from .samples import (
    LEASE,
    PLAN,
    PRICES,
    PROVIDER,
    RESELLER,
    SETUP,
    WHOLESALE_PRICES,
    boot,
    decided,
    euro,
    price,
    subscribed,
    utc,
)

BASE, BUY_OUT, UNRETURNED = 12, 13, 14
MORE_PRICES = PriceList(
    (
        *PRICES.prices,
        *(price(BASE, side, "10", PROVIDER) for side in Side),
        *(price(BUY_OUT, side, "90", PROVIDER) for side in Side),
        *(price(UNRETURNED, side, "120", PROVIDER) for side in Side),
    )
)
FEES = (
    *PLAN.fees[:1],
    replace(PLAN.fees[1], runs_suspended=True),
    Fee(BASE, FeeKind.BASE, "Base fee", recurring=True),
    Fee(BUY_OUT, FeeKind.BUY_OUT, "Phone bought", recurring=False),
    Fee(UNRETURNED, FeeKind.UNRETURNED, "Phone", recurring=False),
)
LEASED = replace(PLAN, fees=FEES, lease=LeaseTerms(12, 100, return_days=14))
START = "2026-12-01 09:00"


def told(
    *changes: tuple[ChangeKind, str | None, str], start: str = START, device: int | None = None
) -> Subscription:
    """What took effect when, and when the books learnt of it."""
    begun = subscribed(start)
    made = [
        Change(
            number,
            kind,
            utc(effective) if effective else None,
            utc(known),
            decided(kind, utc(known)),
            device,
        )
        for number, (kind, effective, known) in enumerate(changes, 2)
    ]
    return replace(begun, changes=(*begun.changes, *made))


def found(
    subscription: Subscription,
    plan: Plan = LEASED,
    until: str = "2027-06-01 00:00",
    side: Side = Side.RETAIL,
    kind: FeeKind | None = None,
) -> list[str]:
    charges = due_charges(plan, MORE_PRICES, subscription, utc(until), sides={side})
    return [
        f"{charge.due_at:%m-%d %H:%M} {charge.amount.figures} {charge.text}"
        for charge in charges
        if kind is None or charge.kind is kind
    ]


def test_suspended_days_are_given_back_and_charged_again_when_it_goes_on() -> None:
    suspended = told(
        (ChangeKind.SUSPEND, "2027-01-11 10:00", "2027-01-11 10:00"),
        (ChangeKind.RESUME, "2027-01-21 10:00", "2027-01-21 10:00"),
    )
    assert found(suspended, until="2027-02-02", kind=FeeKind.BASE)[1:] == [
        "12-31 23:00 10.00 Base fee, 2027-01-01 to 2027-01-31",
        "01-11 10:00 -6.77 Base fee, 2027-01-01 to 2027-01-31, credit: suspended 2027-01-11",
        "01-21 10:00 3.54 Base fee, 2027-01-01 to 2027-01-31, added: resumed 2027-01-21",
        "01-31 23:00 10.00 Base fee, 2027-02-01 to 2027-02-28",
    ]


def test_a_lease_goes_on_while_the_service_is_suspended() -> None:
    suspended = told((ChangeKind.SUSPEND, "2027-01-11 10:00", "2027-01-11 10:00"))
    assert found(suspended, kind=FeeKind.LEASE) == found(told(), kind=FeeKind.LEASE)


def test_a_period_that_is_suspended_throughout_costs_nothing() -> None:
    suspended = told((ChangeKind.SUSPEND, "2027-01-11 10:00", "2027-01-11 10:00"))
    assert len(found(suspended, kind=FeeKind.BASE)) == 3


def test_wholesale_runs_whatever_becomes_of_retail() -> None:
    suspended = told((ChangeKind.SUSPEND, "2027-01-11 10:00", "2027-01-11 10:00"))
    assert found(suspended, side=Side.WHOLESALE) == found(told(), side=Side.WHOLESALE)


def test_retail_begins_after_the_trial_and_wholesale_at_once() -> None:
    trial = replace(LEASED, trial_days=30)
    assert found(told(), trial, "2026-12-31 00:00") == [
        "12-30 23:00 49.00 Setup T46U",
        "12-30 23:00 0.19 Hardware lease T46U, 2026-12-31 to 2026-12-31",
        "12-30 23:00 0.32 Base fee, 2026-12-31 to 2026-12-31",
    ]
    assert found(told(), trial, side=Side.WHOLESALE) == found(told(), side=Side.WHOLESALE)
    waits = replace(trial, wholesale_trial=True)
    assert found(told(), waits, "2026-12-30 00:00", Side.WHOLESALE) == []


def test_what_ends_within_the_trial_costs_nothing() -> None:
    trial = replace(LEASED, trial_days=30)
    ended = told((ChangeKind.END, "2026-12-20 09:00", "2026-12-18 09:00"))
    assert found(ended, trial) == []


def test_a_pending_setup_fee_waits_until_somebody_asks_for_it() -> None:
    later = replace(told(), setup=SetupFee.LATER)
    assert found(later, kind=FeeKind.SETUP) == []
    assert found(later, side=Side.WHOLESALE, kind=FeeKind.SETUP) != []
    asked = told((ChangeKind.CHARGE_SETUP, "2027-01-15 10:00", "2027-01-15 10:00"))
    asked = replace(asked, setup=SetupFee.LATER)
    assert found(asked, kind=FeeKind.SETUP) == ["01-15 10:00 49.00 Setup T46U"]
    charges = due_charges(LEASED, MORE_PRICES, asked, utc("2027-02-01"), sides={Side.RETAIL})
    assert {one.cause.kind for one in charges if one.kind is FeeKind.SETUP} == {"charge-setup"}


def test_a_change_of_plan_brings_no_second_setup_fee_on_either_side() -> None:
    changed = replace(told(), setup=SetupFee.WAIVED, term_from=utc("2026-06-01").date())
    for side in Side:
        assert found(changed, side=side, kind=FeeKind.SETUP) == []


def test_who_ends_a_lease_early_owes_the_rest_of_its_term() -> None:
    ended = told((ChangeKind.END, "2027-03-11 10:00", "2027-03-02 10:00"))
    assert found(ended, kind=FeeKind.TERMINATION, until="2027-12-31") == [
        "03-11 10:00 52.06 Hardware lease T46U, early end on 2027-03-11"
    ]
    half = replace(LEASED, lease=LeaseTerms(12, 50))
    assert found(ended, half, kind=FeeKind.TERMINATION) == [
        "03-11 10:00 26.03 Hardware lease T46U, early end on 2027-03-11"
    ]


def test_the_minimum_term_counts_from_the_subscription_whose_place_it_took() -> None:
    ended = told((ChangeKind.END, "2027-03-11 10:00", "2027-03-02 10:00"))
    older = replace(ended, term_from=utc("2026-04-01").date())
    (line,) = found(older, kind=FeeKind.TERMINATION)
    assert line.startswith("03-11 10:00 4.06 ")
    expired = replace(ended, term_from=utc("2026-02-01").date())
    assert found(expired, kind=FeeKind.TERMINATION) == []


def test_an_end_that_is_withdrawn_before_it_comes_costs_nothing() -> None:
    kept = told(
        (ChangeKind.END, "2027-03-11 10:00", "2027-01-02 10:00"),
        (ChangeKind.END, None, "2027-02-02 10:00"),
    )
    assert found(kept) == found(told())


def test_an_end_that_is_withdrawn_afterwards_gives_the_termination_back() -> None:
    kept = told(
        (ChangeKind.END, "2027-03-11 10:00", "2027-03-02 10:00"),
        (ChangeKind.END, None, "2027-03-20 10:00"),
    )
    assert found(kept, kind=FeeKind.TERMINATION)[1:] == [
        "03-20 10:00 -52.06 Hardware lease T46U, early end on 2027-03-11, credit: end withdrawn"
    ]
    assert len(found(kept, kind=FeeKind.LEASE)) == len(found(told(), kind=FeeKind.LEASE)) + 2


def test_who_buys_the_hardware_leases_no_more_and_terminates_nothing() -> None:
    bought = told(
        (ChangeKind.BUY_OUT, "2027-03-11 10:00", "2027-03-11 10:00"),
        (ChangeKind.END, "2027-03-21 10:00", "2027-03-21 10:00"),
        (ChangeKind.DEVICE_REMOVED, "2027-03-21 10:00", "2027-03-21 10:00"),
    )
    assert found(bought)[-5:] == [
        "02-28 23:00 6.00 Hardware lease T46U, 2027-03-01 to 2027-03-31",
        "02-28 23:00 10.00 Base fee, 2027-03-01 to 2027-03-31",
        "03-11 10:00 -4.06 Hardware lease T46U, 2027-03-01 to 2027-03-31, "
        "credit: bought 2027-03-11",
        "03-11 10:00 90.00 Phone bought",
        "03-21 10:00 -3.55 Base fee, 2027-03-01 to 2027-03-31, credit: ends 2027-03-21",
    ]


def test_hardware_that_does_not_come_back_is_charged_once_for_each_device() -> None:
    removed = told((ChangeKind.DEVICE_REMOVED, "2027-03-01 10:00", "2027-03-01 10:00"), device=71)
    (line,) = found(removed, kind=FeeKind.UNRETURNED)
    assert line == "03-15 23:00 120.00 Phone, not returned by 2027-03-15"
    charges = due_charges(LEASED, MORE_PRICES, removed, utc("2027-06-01"))
    owed = [one for one in charges if one.kind is FeeKind.UNRETURNED]
    assert [one.key for one in owed] == [
        f"5:14:{side}:device-71" for side in ("retail", "wholesale")
    ]
    assert {one.device_id for one in owed} == {71}


@pytest.mark.parametrize(
    ("back", "known", "amounts"),
    [
        ("2027-03-15 10:00", "2027-03-15 10:00", []),
        ("2027-03-15 10:00", "2027-03-20 10:00", ["120.00", "-120.00"]),
        ("2027-03-17 10:00", "2027-03-17 10:00", ["120.00"]),
    ],
)
def test_hardware_that_comes_back_in_time_is_not_charged(
    back: str, known: str, amounts: list[str]
) -> None:
    returned = told(
        (ChangeKind.DEVICE_REMOVED, "2027-03-01 10:00", "2027-03-01 10:00"),
        (ChangeKind.DEVICE_RETURNED, back, known),
    )
    assert [line.split()[2] for line in found(returned, kind=FeeKind.UNRETURNED)] == amounts


def test_a_switch_that_is_replaced_by_another_is_not_the_other() -> None:
    swapped = told(
        (ChangeKind.DEVICE_REMOVED, "2027-03-01 10:00", "2027-03-01 10:00"),
        (ChangeKind.DEVICE_REMOVED, "2027-04-01 10:00", "2027-04-01 10:00"),
        (ChangeKind.DEVICE_RETURNED, "2027-04-02 10:00", "2027-04-02 10:00"),
        (ChangeKind.DEVICE_RETURNED, "2027-04-03 10:00", "2027-04-03 10:00"),
    )
    assert found(swapped, kind=FeeKind.UNRETURNED) == [
        "03-15 23:00 120.00 Phone, not returned by 2027-03-15"
    ]


def test_each_fee_may_have_terms_of_its_own() -> None:
    yearly = FeeTerms(Cycle.ANNIVERSARY, Interval.YEAR, Timing.ARREARS)
    plan = replace(LEASED, fees=(LEASED.fees[1], replace(LEASED.fees[2], terms=yearly)))
    lines = found(told(), plan, "2027-12-02")
    assert len(lines) == 14
    assert [line for line in lines if "Base" in line] == [
        "11-30 23:00 10.00 Base fee, 2026-12-01 to 2027-11-30"
    ]


def test_a_charge_that_waited_for_its_price_takes_the_first_that_was_entered() -> None:
    begun, until = subscribed("2026-12-23 09:15"), utc("2027-01-02")
    lease = PLAN.fees[1]
    plan = replace(PLAN, fees=(lease,))
    first = replace(price(LEASE, Side.RETAIL, "31", RESELLER), known_at=utc("2027-01-10"))
    second = replace(first, amount=euro("62"), known_at=utc("2027-01-20"))
    with pytest.raises(InputError, match="no retail price"):
        due_charges(plan, PriceList(WHOLESALE_PRICES), begun, until)
    for entered in ([first], [first, second]):
        prices = PriceList((*WHOLESALE_PRICES, *entered))
        charges = due_charges(plan, prices, begun, until, sides={Side.RETAIL})
        assert [(one.amount, one.due_at) for one in charges] == [
            (euro("9"), utc("2026-12-23 09:15")),
            (euro("31"), utc("2026-12-31 23:00")),
        ]


def test_a_price_that_is_entered_afterwards_changes_nothing_that_fell_due() -> None:
    late = price(SETUP, Side.RETAIL, "1", RESELLER, utc("2026-12-01").date())
    prices = PriceList((*PRICES.prices, replace(late, known_at=utc("2026-12-24"))))
    begun = subscribed("2026-12-23 09:15")
    (setup,) = [
        one
        for one in due_charges(PLAN, prices, begun, utc("2027-02-01"), sides={Side.RETAIL})
        if one.kind is FeeKind.SETUP
    ]
    assert setup.amount == euro("49")


def test_an_ended_subscription_need_not_be_looked_at_again() -> None:
    ended = told((ChangeKind.END, "2027-03-11 10:00", "2027-03-02 10:00"))
    assert moment(ended, "2027-02-10") == utc("2027-02-28 23:00")
    assert moment(ended, "2027-03-05") == utc("2027-03-11 10:00")
    assert moment(ended, "2027-03-11 10:00") is None
    removed = told(
        (ChangeKind.END, "2027-03-11 10:00", "2027-03-02 10:00"),
        (ChangeKind.DEVICE_REMOVED, "2027-03-11 10:00", "2027-03-11 10:00"),
    )
    assert moment(removed, "2027-03-12") == utc("2027-03-25 23:00")


def moment(subscription: Subscription, after: str) -> datetime | None:
    return next_due(LEASED, MORE_PRICES, subscription, utc(after))


def test_a_change_that_was_told_late_is_charged_when_it_was_told() -> None:
    begun = subscribed("2026-12-01 09:00")
    late = replace(begun.changes[0], known_at=utc("2027-01-20 08:00"), cause=boot(utc(START)))
    charges = due_charges(PLAN, PRICES, replace(begun, changes=(late,)), utc("2027-01-31"))
    assert {one.due_at for one in charges} == {utc("2027-01-20 08:00")}
    assert next_due(
        PLAN, PRICES, replace(begun, changes=(late,)), utc(START) - timedelta(days=1)
    ) == utc(START)
