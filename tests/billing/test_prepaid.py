"""What is paid before it runs is charged as what runs all along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from provd.billing.charge import Charge
from provd.billing.due import due_charges
from provd.billing.money import Money
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import Plan, Side
from provd.billing.prepaid import (
    PAID_UNTIL,
    boundaries,
    end_with,
    first_ends,
    paid_end,
    reach,
    renewal_costs,
    retail_till,
    start_costs,
)
from provd.billing.quote import assumed
from provd.billing.reference import creditor_reference, is_creditor_reference, referred_number
from provd.billing.subscription import Change, ChangeKind, Parties, SetupFee, Subscription
from tests.billing.samples import PARTIES, PLAN, PRICES, decided, euro, subscribed, utc

ZONES = st.sampled_from(
    ["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
)
PLANS = st.builds(
    lambda cycle, interval, timing: replace(PLAN, cycle=cycle, interval=interval, timing=timing),
    st.sampled_from(Cycle),
    st.sampled_from(Interval),
    st.sampled_from(Timing),
)
STARTS = st.integers(0, 730 * 24 * 60).map(
    lambda minutes: utc("2026-01-01T00:00") + timedelta(minutes=minutes)
)
FAR = utc("2040-01-01T00:00")


def parties(provider: str, reseller: str) -> Parties:
    return replace(PARTIES, provider_zone=provider, reseller_zone=reseller)


def paid(id_: int, at: datetime, known: datetime) -> Change:
    return Change(id_, ChangeKind.END, at, known, decided(PAID_UNTIL, known))


def ends(plan: Plan, one: Subscription, count: int) -> list[datetime]:
    till = retail_till(plan, PRICES, one)
    days = islice(boundaries(till, till.first_day), count)
    return [end_with(one.parties, day) for day in days]


def sums(charges: Sequence[Charge]) -> dict[str, Money]:
    """By what is owed, whatever corrections came."""
    found: dict[str, Money] = defaultdict(lambda: euro("0"))
    for one in charges:
        found[one.key.partition(":adjust:")[0]] += one.amount
    return {key: amount for key, amount in found.items() if amount.amount}


@settings(max_examples=25)
@given(PLANS, STARTS, ZONES, ZONES, st.integers(1, 4), st.data())
def test_renewed_in_time_it_is_charged_as_what_ran_all_along(
    plan: Plan, start: datetime, provider: str, reseller: str, count: int, data: st.DataObject
) -> None:
    begun = replace(subscribed(start.isoformat()[:19]), parties=parties(provider, reseller))
    days = ends(plan, begun, count)
    changes = [paid(2, days[0], start)]
    for number, (before, after) in enumerate(pairwise(days), 3):
        known = before - timedelta(seconds=data.draw(st.integers(90_000, 500_000)))
        changes.append(paid(number, after, max(known, start)))
    renewed = replace(begun, changes=(*begun.changes, *changes))
    all_along = replace(begun, changes=(*begun.changes, paid(2, days[-1], start)))
    for side in Side:
        found = due_charges(plan, PRICES, renewed, FAR, sides={side})
        expected = due_charges(plan, PRICES, all_along, FAR, sides={side})
        if side is Side.RETAIL:
            assert found == expected
        # Where the provider counts other days, a period of its may be settled in two parts.
        assert sums(found) == sums(expected)


@settings(max_examples=25)
@given(PLANS, STARTS, ZONES, ZONES, st.integers(0, 90))
def test_renewed_late_it_costs_the_same(
    plan: Plan, start: datetime, provider: str, reseller: str, late: int
) -> None:
    begun = replace(subscribed(start.isoformat()[:19]), parties=parties(provider, reseller))
    first, second = ends(plan, begun, 2)
    renewed = (paid(2, first, start), paid(3, second, first + timedelta(days=late)))
    one = replace(begun, changes=(*begun.changes, *renewed))
    other = replace(begun, changes=(*begun.changes, paid(2, second, start)))
    assert sums(due_charges(plan, PRICES, one, FAR)) == sums(due_charges(plan, PRICES, other, FAR))


@settings(max_examples=25)
@given(PLANS, STARTS, ZONES, st.integers(1, 3))
def test_start_and_renewals_come_to_what_is_charged(
    plan: Plan, start: datetime, zone: str, count: int
) -> None:
    who = parties(zone, zone)
    one = replace(subscribed(start.isoformat()[:19]), parties=who)
    till = retail_till(plan, PRICES, one)
    days = list(islice(boundaries(till, till.first_day), count))
    asked = start_costs(plan, PRICES, who, start, SetupFee.NOW, days[0])
    one = replace(one, changes=(*one.changes, paid(2, end_with(who, days[0]), start)))
    for number, day in enumerate(days[1:], 3):
        new = paid(number, end_with(who, day), start)
        asked += renewal_costs(plan, PRICES, one, new)
        one = replace(one, changes=(*one.changes, new))
    charged = due_charges(plan, PRICES, one, FAR, sides={Side.RETAIL})
    assert Money.sum((c.amount for c in asked), "EUR") == Money.sum(
        (c.amount for c in charged), "EUR"
    )


@settings(max_examples=25)
@given(STARTS, st.integers(0, 40), st.integers(0, 40), st.sampled_from(Cycle))
def test_who_pays_by_the_last_day_has_paid_for_all_that_runs(
    asked_at: datetime, days: int, later: int, cycle: Cycle
) -> None:
    """Whenever it starts up to then, what was asked for reaches to a period's end at least, and
    never costs more."""
    plan = replace(PLAN, cycle=cycle)
    pay_by = asked_at.date() + timedelta(days=days)

    def costs(at: datetime, until: date) -> Money:
        found = start_costs(plan, PRICES, PARTIES, at, SetupFee.NOW, until)
        return Money.sum((one.amount for one in found), "EUR")

    def first_days(at: datetime, count: int) -> list[date]:
        till = retail_till(plan, PRICES, assumed(plan, PARTIES, at))
        return list(islice(boundaries(till, till.first_day), count))

    till = retail_till(plan, PRICES, assumed(plan, PARTIES, asked_at))
    allowed = first_ends(till, pay_by, 1, moves=True)
    total = costs(asked_at, allowed[-1])
    at = asked_at + timedelta(days=min(later, max(days - 1, 0)))
    until = reach(first_days(at, len(allowed)), lambda day: costs(at, day), total)
    assert until is not None
    assert until > pay_by or cycle is Cycle.ANNIVERSARY
    assert costs(at, until).amount <= total.amount


def test_an_end_that_somebody_has_decided_on_is_no_payments_to_move() -> None:
    one = subscribed("2026-12-22T09:15", "2027-01-01T00:00")
    assert paid_end(one) is None
    at = utc("2027-01-01T00:00")
    assert paid_end(replace(one, changes=(*one.changes, paid(9, at, at)))) == at


@given(st.integers(1, 10**15))
def test_a_reference_leads_back_to_its_number(number: int) -> None:
    reference = creditor_reference(number)
    assert is_creditor_reference(reference)
    assert referred_number(f" {reference[:4].lower()} {reference[4:]}") == number


def test_a_reference_of_somebody_else_leads_nowhere() -> None:
    for text in ("RF18539007547035", "RF18 5390 0754 703A", "", "17"):
        assert referred_number(text) is None
