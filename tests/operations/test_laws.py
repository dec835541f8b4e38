"""What holds whatever happens: laws of the whole till, over sequences of events that go through the
real operations.

LAW_EXAMPLES tries so many sequences of each law instead of a few.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from provd.billing.charge import Charge
from provd.billing.export import charges_jsonl
from provd.billing.invoice import InvoiceStatus
from provd.billing.ledger import receivable
from provd.configuration import Configuration
from provd.devices.account import AccountKind
from provd.errors import InputError
from provd.operations.zones import day_start
from provd.provisioning import journal
from provd.scenario.events import EVENTS
from provd.scenario.house import house
from provd.scenario.opening import opened
from provd.scenario.playing import happen
from provd.scenario.reading import Event, read_scenario
from provd.scenario.world import World
from provd.store.books import Wanted
from provd.vendors.registry import Registry
from tests.operations.conftest import Load

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "3"))
LAW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
START = datetime(2027, 1, 20, 9, tzinfo=UTC)
DAYS = 75
END = START + timedelta(days=DAYS)
MONTHS = ("2027-01", "2027-02", "2027-03")

TOWN = """
provider: {name: Carrier, zone: Europe/London, taxes: [{percent: 20}], customers: [{name: Own}]}
resellers:
  - name: Alice
    zone: Europe/Berlin
    taxes: [{percent: 19}]
    customers: [{name: Ada}, {name: Ann}]
  - name: Bob
    zone: America/New_York
    taxes: [{percent: 8.875}]
    customers: [{name: Ben}]
plans:
  - name: Phone
    trial_days: 3
    lease: {minimum_months: 3, termination_percent: 75, return_days: 5}
    fees:
      - {name: Setup, kind: setup, wholesale: 12.34, retail: 25.55}
      - {name: Base, kind: base, wholesale: 7.77, retail: 5.01}
      - {name: Lease, kind: lease, wholesale: 3.33, retail: 6.67}
      - {name: Gone, kind: unreturned, wholesale: 55.00, retail: 99.99}
      - {name: Bought, kind: buy-out, wholesale: 40.10, retail: 60.20}
  - name: Care
    subject: customer
    repeatable: yes
    cycle: anniversary
    timing: arrears
    fees: [{name: Care, kind: service, wholesale: 1.01, retail: 2.03}]
events:
  - {at: 2027-01-20 08:00, register: {phone: a1, site: Ada, plan: Phone}}
  - {at: 2027-01-20 08:01, register: {phone: a2, site: Ann, plan: Phone}}
  - {at: 2027-01-20 08:02, register: {phone: b1, site: Ben, plan: Phone}}
  - {at: 2027-01-20 08:03, register: {phone: o1, site: Own, plan: Phone}}
"""
PHONES = st.sampled_from(["a1", "a2", "b1", "o1", "a1", "a1x"])
CUSTOMERS = st.sampled_from(["Ada", "Ann", "Ben", "Own"])
DEBTORS = st.sampled_from(["Ada", "Ann", "Ben", "Own", "Alice", "Bob"])
AMOUNTS = st.integers(1, 9_999).map(lambda cents: f"{cents / 100:.2f}")
DAY = st.integers(-20, DAYS + 20).map(lambda days: (START + timedelta(days=days)).date())

Given = tuple[str, dict[str, object]]


def _made(name: str, /, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Given]:
    return st.tuples(st.just(name), st.fixed_dictionaries(fields))


LIFE = st.one_of(
    _made("boot", phone=PHONES),
    _made("boot", phone=PHONES),
    _made("suspend", phone=PHONES),
    _made("resume", phone=PHONES),
    _made("return", phone=PHONES),
    _made("retire", phone=PHONES),
    _made("replace", phone=st.just("a1"), by=st.just("a1x"), returned=st.booleans()),
    _made("buy_out", name=PHONES),
    _made("cancel", subscription=PHONES, day=st.none() | DAY),
    _made("keep", subscription=PHONES),
    _made(
        "subscribe",
        name=st.uuids(version=4).map(str),
        plan=st.just("Care"),
        subject=CUSTOMERS,
        starts=st.none() | DAY,
    ),
)
"""What becomes of phones and subscriptions."""
NOISE = st.one_of(
    _made(
        "price",
        plan=st.just("Phone"),
        fee=st.sampled_from(["Base", "Lease", "Setup"]),
        side=st.just("retail"),
        amount=AMOUNTS,
        since=DAY,
        seller=st.sampled_from(["", "Alice", "Bob"]),
    ),
    _made("pay", account=CUSTOMERS, amount=AMOUNTS),
    _made("charge", account=CUSTOMERS, amount=AMOUNTS, text=st.just("By hand")),
    _made("credit", account=CUSTOMERS, amount=AMOUNTS, text=st.just("By hand")),
    _made("terms", account=CUSTOMERS, balance=st.sampled_from(["hard", "soft"])),
)
"""What is between resellers and their customers."""
SOFT = NOISE.filter(lambda given: given[0] != "terms")
RUNS = st.one_of(
    _made("bill"),
    _made("pay", account=DEBTORS, amount=AMOUNTS),
    _made("invoice", month=st.sampled_from(MONTHS)),
    _made("finalise"),
)


def events(*kinds: st.SearchStrategy[Given]) -> st.SearchStrategy[list[Event]]:
    """In order of time, all within the days of the law."""
    moments = st.integers(0, (DAYS - 1) * 24 * 60).map(lambda m: START + timedelta(minutes=m))
    steps = st.lists(st.tuples(moments, st.one_of(*kinds)), min_size=3, max_size=14)
    return steps.map(lambda found: sorted(map(_event, found), key=lambda event: event.at))


def _event(step: tuple[datetime, Given]) -> Event:
    at, (name, fields) = step
    return Event(at, name, EVENTS[name].model_validate(fields), f"{at} {name}")


@pytest.fixture(scope="module")
def town(vendors_read_once: Load) -> Iterator[World]:
    scenario = read_scenario(TOWN.encode(), "town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Registry, "load", vendors_read_once)
        with house(Configuration()) as made:
            made.clock.now = scenario.events[0].at
            world = opened(scenario, made)
            for event in scenario.events:
                happen(world, event)
            yield world


class _UndoneError(Exception):
    pass


@contextmanager
def anew(town: World) -> Iterator[World]:
    """The town as it was registered; what happens inside is taken back, and events get the same
    ids each time."""
    world = replace(
        town,
        phones=dict(town.phones),
        slots=dict(town.slots),
        subscriptions=dict(town.subscriptions),
        labels=dict(town.labels),
        reports=[],
        problems=[],
        keys=itertools.count(1),
    )
    journal._ids._process, journal._ids._count = "0" * 16, itertools.count()
    try:
        with world.house.store.transaction():
            yield world
            raise _UndoneError
    except _UndoneError:
        pass
    finally:
        journal._ids.begin()


def play(world: World, found: Sequence[Event], *, nightly: bool = False) -> None:
    """What is refused does not happen. Billing runs at the end, and each night if it is to."""
    runs = [START + timedelta(days=day) for day in range(1, DAYS)] if nightly else []
    for event in sorted([*found, *map(_run, runs)], key=lambda event: event.at):
        act(world, event)
    act(world, _run(END))


def _run(at: datetime) -> Event:
    return Event(at, "bill", EVENTS["bill"](), "night")


def act(world: World, event: Event) -> None:
    world.house.clock.now = event.at
    try:
        happen(world, event)
    except InputError:
        return


def charges(world: World) -> list[Charge]:
    return list(world.house.store.books.charges())


def journals(world: World) -> str:
    """What each issuer takes to its own books."""
    exporting = world.house.operations.exporting
    return "".join(
        text
        for account in issuers(world)
        for text in exporting.journal(world.administrator, account, "hledger")
    )


def issuers(world: World) -> list[int]:
    found = world.accounts.values()
    return [one.id for one in found if one.kind is not AccountKind.CUSTOMER]


@LAW
@given(found=events(LIFE, SOFT))
def test_billing_late_equals_billing_daily_byte_for_byte(town: World, found: list[Event]) -> None:
    exports = []
    for nightly in (False, True):
        with anew(town) as world:
            play(world, found, nightly=nightly)
            exports.append(("".join(charges_jsonl(charges(world))), journals(world)))
    assert exports[0] == exports[1]


@LAW
@given(found=events(LIFE), noise=events(NOISE))
def test_wholesale_is_the_same_whatever_retail_does(
    town: World, found: list[Event], noise: list[Event]
) -> None:
    sides = []
    for happening in (found, [*found, *noise]):
        with anew(town) as world:
            play(world, sorted(happening, key=lambda event: event.at))
            sides.append([_told(one) for one in charges(world) if one.side == "wholesale"])
    assert sides[0] == sides[1]


def _told(charge: Charge) -> tuple[object, ...]:
    """Without the numbers of changes, some of which are retail's."""
    key = re.sub(r":adjust:\d+", ":adjust", charge.key)
    return key, charge.due_at, charge.amount, charge.text, charge.calculation


@LAW
@given(found=events(LIFE, NOISE, RUNS))
def test_the_ledger_sums_to_zero_and_posts_each_charge_once(
    town: World, found: list[Event]
) -> None:
    with anew(town) as world:
        play(world, found)
        assert world.house.store.books.audit().problems == ()
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for transaction in world.house.store.books.transactions():
            for entry in transaction.entries:
                sums[entry.amount.currency] += entry.amount.amount
        assert not any(sums.values())


@LAW
@given(found=events(LIFE, NOISE))
def test_a_credit_never_exceeds_its_charge(town: World, found: list[Event]) -> None:
    with anew(town) as world:
        play(world, found)
        left: defaultdict[str, Decimal] = defaultdict(Decimal)
        for charge in charges(world):
            if charge.subscription_id is not None:
                base = charge.key.partition(":adjust:")[0]
                left[base] += charge.amount.amount
                assert left[base] >= 0, charge.key


@LAW
@given(found=events(LIFE, NOISE, RUNS))
def test_replaying_events_changes_nothing(town: World, found: list[Event]) -> None:
    with anew(town) as world:
        play(world, found)
        # Drafts are drawn up anew as long as there is more to be billed.
        for month in MONTHS:
            act(world, _event((END, ("invoice", {"month": month}))))
        before = snapshot(world)
        again = replace(world, keys=itertools.count(1))
        for event in found:
            if event.name in {"boot", "bill", "pay", "charge", "credit", "invoice"}:
                act(again, _late(event))
        assert snapshot(world) == before


def _late(event: Event) -> Event:
    """At the end, of what arrived, or was to be billed, at its own time."""
    named = {"boot": {"arrived": event.at}, "bill": {"until": event.at}}
    return replace(event, at=END, what=event.what.model_copy(update=named.get(event.name, {})))


def snapshot(world: World) -> object:
    books, scope = world.house.store.books, world.administrator.scope
    return charges(world), list(books.transactions()), books.invoice_summaries(Wanted(), scope)


@LAW
@given(found=events(LIFE, NOISE, RUNS), day=DAY)
def test_a_statement_leads_from_its_opening_to_its_closing_balance(
    town: World, found: list[Event], day: date
) -> None:
    first, last = date(2026, 12, 1), date(2028, 12, 31)
    with anew(town) as world:
        play(world, found)
        for name in ("Ada", "Ann", "Ben", "Own", "Alice", "Bob"):
            account = world.account(name)
            actor, statements = world.issuer_for(account), world.house.operations.statements
            spans = ((first, day - timedelta(days=1)), (day, last))
            one, other = (statements.statement(actor, account.id, *span).whole() for span in spans)
            assert one.opening.amount == 0
            for statement in (one, other):
                moved = sum((line.amount.amount for line in statement.lines), Decimal(0))
                assert statement.opening.amount + moved == statement.closing.amount
            assert one.closing == other.opening
            owed = world.house.store.books.balance(receivable(actor.account_id, account.id))
            assert other.closing.amount == sum(amount.amount for amount in owed.values())


@LAW
@given(found=events(LIFE, SOFT, RUNS))
def test_invoices_contain_each_charge_exactly_once(town: World, found: list[Event]) -> None:
    with anew(town) as world:
        play(world, found)
        for month in MONTHS:
            act(world, _event((END, ("invoice", {"month": month}))))
        act(world, _event((END, ("finalise", {}))))
        assert world.problems == []
        books = world.house.store.books
        on = Counter(
            key
            for summary in books.invoice_summaries(Wanted(), world.administrator.scope)
            if summary.status is InvoiceStatus.FINAL
            for key in books.invoice(summary.id).charge_keys
        )
        assert set(on.values()) <= {1}
        ends = {
            one.id: day_start(date(2027, 4, 1), one.time_zone) for one in world.accounts.values()
        }
        due = {one.key for one in charges(world) if one.due_at < ends[one.issuer_id]}
        assert set(on) == due


CREDITS = st.one_of(
    _made(
        "credit_note",
        issuer=st.sampled_from(["Carrier", "Alice", "Bob"]),
        number=st.integers(1, 3).map(lambda number: f"2027-{number:05}"),
        reason=st.just("By law"),
        amounts=st.dictionaries(st.integers(1, 4), AMOUNTS, max_size=3),
    ),
    _made(
        "void_invoice",
        issuer=st.sampled_from(["Carrier", "Alice", "Bob"]),
        number=st.integers(1, 3).map(lambda number: f"CN-2027-{number:05}"),
        reason=st.just("By law"),
    ),
)


@LAW
@given(found=events(LIFE, SOFT, RUNS), credits_=st.lists(CREDITS, min_size=4, max_size=12))
def test_credit_notes_never_give_back_more_than_was_invoiced(
    town: World, found: list[Event], credits_: list[Given]
) -> None:
    with anew(town) as world:
        play(world, found)
        for month in MONTHS:
            act(world, _event((END, ("invoice", {"month": month}))))
        for given_ in [("finalise", {}), *credits_]:
            act(world, _event((END, given_)))
        books = world.house.store.books
        assert (*books.audit_invoices().problems, *books.audit().problems) == ()
        for summary in books.invoice_summaries(Wanted(), world.administrator.scope):
            notes = books.credit_notes_of(summary.id)
            for kind in ("net", "tax", "gross"):
                left = getattr(books.invoice(summary.id), kind)
                for note in notes:
                    left -= getattr(note, kind)
                assert not notes or left.amount >= 0, kind


@LAW
@given(found=events(LIFE, NOISE, RUNS))
def test_the_journal_that_is_exported_balances(town: World, found: list[Event]) -> None:
    with anew(town) as world:
        play(world, found)
        text = journals(world)
        sums = [sum(map(Decimal, amounts)) for amounts in postings(text)]
        assert not any(sums)
        assert len(sums) == len(list(world.house.store.books.transactions()))


def postings(text: str) -> Iterator[list[str]]:
    """The amounts of each transaction."""
    for block in re.split(r"\n(?=\d{4}-\d\d-\d\d )", text)[1:]:
        yield re.findall(r"^    \S.*?  (-?[\d.]+) [A-Z]{3}$", block, re.MULTILINE)
