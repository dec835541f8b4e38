"""What must hold for every plan, zone and history that anybody may come up with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from provd.billing.charge import Charge
from provd.billing.due import due_charges, next_due
from provd.billing.export import charges_csv, charges_jsonl
from provd.billing.ledger import balances, post
from provd.billing.money import Money
from provd.billing.period import months_later
from provd.billing.plan import LeaseTerms, Plan, Side
from provd.billing.prices import PriceList
from provd.billing.subscription import Change, ChangeKind, SetupFee

from .histories import History, histories, never_changed
from .samples import PLAN, ended, started

quickly = settings(max_examples=20, deadline=None)
run_days = st.lists(st.integers(0, 510 * 24 * 60), max_size=12)
NOON = timedelta(hours=12)


def what_runs_find(history: History, moments: Sequence[datetime]) -> list[Charge]:
    """What billing runs at these moments write, each knowing what the database had then, from
    where the one before stopped, and only when there may be anything to find."""
    written: list[Charge] = []
    closed: datetime | None = None
    look_at: datetime | None = history.start
    known = 0
    for now in [*moments, history.until]:
        then = history.as_known(now)
        changes = len(then.subscription.changes)
        if (look_at is not None and look_at <= now) or changes > known:
            prices = PriceList(one for one in history.prices.prices if one.known_at <= now)
            written += due_charges(then.plan, prices, then.subscription, now, since=closed)
            look_at, known, closed = (
                next_due(then.plan, prices, then.subscription, now),
                changes,
                now,
            )
    return sorted(written, key=lambda charge: (charge.due_at, charge.key))


@quickly
@given(histories(), run_days)
def test_running_late_gives_the_bytes_that_runs_at_any_times_give(
    history: History, days: list[int]
) -> None:
    moments = sorted(history.start + timedelta(minutes=minute) for minute in days)
    often = what_runs_find(history, [one for one in moments if one < history.until])
    late = history.charges()
    assert "".join(charges_csv(often)) == "".join(charges_csv(late))
    assert "".join(charges_jsonl(often)) == "".join(charges_jsonl(late))
    assert often == late


@settings(max_examples=8, deadline=None)
@given(histories())
def test_running_late_gives_the_bytes_that_running_daily_gives(history: History) -> None:
    days = (history.until - history.start).days
    daily = what_runs_find(history, [history.start + timedelta(days=day) for day in range(days)])
    assert "".join(charges_jsonl(daily)) == "".join(charges_jsonl(history.charges()))


@quickly
@given(histories())
def test_keys_are_unique_and_always_the_same(history: History) -> None:
    found = history.charges()
    assert len({charge.key for charge in found}) == len(found)
    assert found == history.charges()


@quickly
@given(histories())
def test_nothing_is_due_before_the_start_or_after_the_asked_for_time(history: History) -> None:
    assert all(history.start <= charge.due_at <= history.until for charge in history.charges())


def by_obligation(charges: Sequence[Charge]) -> dict[str, list[Money]]:
    found: defaultdict[str, list[Money]] = defaultdict(list)
    for charge in charges:
        found[charge.key.partition(":adjust:")[0]].append(charge.amount)
    return found


@quickly
@given(histories())
def test_what_is_charged_comes_to_what_it_would_had_all_been_known_from_the_start(
    history: History,
) -> None:
    at_once = tuple(
        replace(change, known_at=history.start) for change in history.subscription.changes
    )
    told = replace(history, prices=never_changed(history.plan))
    told = replace(told, until=history.start + timedelta(days=800))
    known = replace(told, subscription=replace(history.subscription, changes=at_once))
    assert sums(told) == sums(known)


def sums(history: History) -> dict[str, Decimal]:
    totals = {key: add(amounts) for key, amounts in by_obligation(history.charges()).items()}
    return {key: total for key, total in totals.items() if total}


def add(amounts: Sequence[Money]) -> Decimal:
    return Money.sum(amounts, "EUR").amount


@quickly
@given(histories())
def test_a_credit_never_exceeds_what_was_charged(history: History) -> None:
    for amounts in by_obligation(history.charges()).values():
        standing = Decimal(0)
        for amount in amounts:
            standing += amount.amount
            assert standing >= 0


@quickly
@given(histories())
def test_the_pieces_of_each_fee_tile_from_the_local_start(history: History) -> None:
    alone = history.without(*(set(ChangeKind) - {ChangeKind.START}))
    alone = replace(alone, plan=replace(history.plan, trial_days=0))
    for side in Side:
        zone = ZoneInfo(history.subscription.parties.zone(side))
        for fee in (fee for fee in alone.plan.fees if fee.recurring):
            found = sorted(
                charge.period
                for charge in alone.charges()
                if charge.fee_id == fee.id and charge.side is side and charge.period
            )
            assert all(one.end == other.start for one, other in pairwise(found))
            if found:
                assert found[0].start == history.start.astimezone(zone).date()


@quickly
@given(histories(), st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True))
def test_subscriptions_that_follow_on_each_other_sum_to_the_period(
    history: History, days: list[int]
) -> None:
    """On the day of a change only the new one is charged; only rounding can make a difference."""
    lease = replace(
        history.plan.fees[1],
        terms=replace(
            history.plan.terms_of(history.plan.fees[1]), prorate_first=True, prorate_last=True
        ),
    )
    plan = replace(PLAN, fees=(lease,))
    bounds = [history.start, *(history.start + timedelta(days=day) for day in sorted(days))]
    whole = charged(history, plan, [started(bounds[0]), ended_at(bounds[-1])])
    parts = [
        charged(history, plan, [started(begin), ended_at(end)]) for begin, end in pairwise(bounds)
    ]
    if lease.terms and lease.terms.cycle == "calendar":
        difference = abs(add(parts) - whole.amount)
        assert difference <= Decimal("0.01") * len(parts)


def ended_at(at: datetime) -> Change:
    return ended(at, at)


def charged(history: History, plan: Plan, changes: list[Change]) -> Money:
    told = replace(
        history,
        plan=plan,
        prices=never_changed(PLAN),
        subscription=replace(history.subscription, changes=tuple(changes)),
        until=changes[0].known_at + timedelta(days=1200),
    )
    return Money.sum((one.amount for one in told.charges() if one.side is Side.RETAIL), "EUR")


@quickly
@given(histories(), st.integers(1, 14), st.integers(0, 500))
def test_a_lease_and_its_termination_come_to_the_price_of_the_whole_term(
    history: History, months: int, days: int
) -> None:
    lease = history.plan.fees[1]
    lease = replace(lease, terms=replace(history.plan.terms_of(lease), prorate_last=True))
    plan = replace(history.plan, fees=(lease,), lease=LeaseTerms(months, 100))
    subscription = replace(history.subscription, term_from=None)
    history = replace(history, subscription=subscription)
    first_day = history.start.astimezone(ZoneInfo(subscription.parties.reseller_zone)).date()
    if plan.trial_days:
        first_day += timedelta(days=plan.trial_days)
    term_ends = months_later(first_day, months)
    the_end = datetime.combine(term_ends, datetime.min.time(), ZoneInfo("UTC")) + NOON
    end = history.start + timedelta(days=plan.trial_days + 2 + days)
    assume(end < the_end - timedelta(days=2))
    zone = ZoneInfo(subscription.parties.reseller_zone)
    assume(the_end.astimezone(zone).date() == term_ends)
    cut_short = charged(history, plan, [started(history.start), ended_at(end)])
    assert cut_short == charged(history, plan, [started(history.start), ended_at(the_end)])


@quickly
@given(histories(), st.integers(0, 10**9), st.sampled_from(SetupFee), st.integers(0, 60))
def test_wholesale_depends_on_nothing_that_befalls_retail(
    history: History, micros: int, setup: SetupFee, trial: int
) -> None:
    other = history.without(ChangeKind.SUSPEND, ChangeKind.RESUME, ChangeKind.CHARGE_SETUP)
    prices = [
        replace(one, amount=Money.from_micros(micros, "EUR")) if one.side is Side.RETAIL else one
        for one in history.prices.prices
    ]
    plan = other.plan if other.plan.wholesale_trial else replace(other.plan, trial_days=trial)
    other = replace(other, prices=PriceList(prices), plan=plan)
    if history.subscription.term_from is None:
        other = replace(other, subscription=replace(other.subscription, setup=setup))

    def wholesale(one: History) -> list[Charge]:
        return [charge for charge in one.charges() if charge.side is Side.WHOLESALE]

    assert wholesale(history) == wholesale(other)
    alone = due_charges(
        history.plan,
        PriceList(one for one in history.prices.prices if one.side is Side.WHOLESALE),
        history.subscription,
        history.until,
        sides={Side.WHOLESALE},
    )
    assert wholesale(history) == alone


@quickly
@given(histories(), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_ledger_of_all_charges_sums_to_zero(history: History, currency: str) -> None:
    prices = PriceList(
        replace(each, amount=Money(each.amount.amount, currency)) for each in history.prices.prices
    )
    told = replace(history, prices=prices, plan=replace(history.plan, currency=currency))
    found = told.charges()
    assume(found)
    standing = balances(post(charge) for charge in found)
    assert Money.sum(standing.values(), currency) == Money.zero(currency)
    for side in Side:
        owed = Money.sum((each.amount for each in found if each.side is side), currency)
        account = "1:receivable:2" if side is Side.WHOLESALE else "2:receivable:3"
        assert standing.get((account, currency), Money.zero(currency)) == owed


@quickly
@given(histories())
def test_every_amount_can_be_paid_and_stored(history: History) -> None:
    for charge in history.charges():
        assert charge.amount == charge.amount.rounded()
        assert Money.from_micros(charge.amount.micros, "EUR") == charge.amount


@quickly
@given(histories())
def test_after_what_is_next_to_look_at_nothing_was_missed(history: History) -> None:
    then = history.as_known(history.until)
    moment = next_due(then.plan, then.prices, then.subscription, history.until)
    limit = moment - timedelta(microseconds=1) if moment else history.until + timedelta(days=400)
    assert due_charges(then.plan, then.prices, then.subscription, limit, since=history.until) == []
