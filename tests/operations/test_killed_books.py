"""kill -9 at random moments while boots are booked, billing and invoice runs go on, invoices become
final and payments are entered: nothing is lost, nothing doubled, and no number is left out.

Each life is a forked process that goes on with the deed in which the one before was killed. Every
other one is killed at a random moment of time, the rest before a random statement of SQL: most of
the time passes elsewhere, and most harm is done between two statements. What must be in the books
in the end is worked out here, with nothing of provd's arithmetic.

CRASH_TEST_KILLS kills that many times instead of 20, on PostgreSQL as well, CRASH_TEST_SEED chooses
other moments.
"""

from __future__ import annotations

import calendar
import itertools
import os
import random
import signal
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import peewee
import pytest

from provd.app import Provd, build
from provd.billing.charge import Charge
from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.billing.ledger import Transaction, receivable
from provd.billing.money import Money
from provd.billing.tax_category import TaxCategory
from provd.configuration import Configuration
from provd.configuration_file import configuration_from
from provd.demonstration import Demonstration, load
from provd.devices.account import Role
from provd.errors import InputError
from provd.operations import Actor
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from provd.provisioning.journal import JournalEntry
from provd.store.books import InvoiceSummary, Wanted
from tests.conftest import House
from tests.databases import postgresql_server
from tests.operations.conftest import Clock
from tests.operations.deliveries import all_files
from tests.operations.forms import LINE, demonstration_plan, form

KILLS = int(os.environ.get("CRASH_TEST_KILLS", "20"))
SEED = int(os.environ.get("CRASH_TEST_SEED", "20261122"))
LONGEST_LIFE = 0.25
"""Seconds until a kill at most: some deeds long."""
MOST_STATEMENTS = 300
DATABASES = ["sqlite", "postgresql"] if KILLS > 20 else ["sqlite"]

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_MONTH = 2026 * 12 + 8  # September: months are counted from the year 0
PHONES = 6
TAX = Decimal("0.19")
SETUP = {"wholesale": Decimal("12.00"), "retail": Decimal("25.00")}
LEASE = {"wholesale": Decimal("3.90"), "retail": Decimal("6.50")}
PAID, VISIT = Decimal("17.35"), Decimal("42.42")


@dataclass(frozen=True)
class Town:
    """Who there is, and how the phones boot: one a month from the first, of both customers in
    turn."""

    provider: int
    reseller: int
    customers: tuple[int, ...]
    boots: tuple[tuple[JournalEntry, ...], ...]

    @property
    def administrator(self) -> Actor:
        return Actor("operator", Role.ADMIN, self.provider)

    @property
    def seller(self) -> Actor:
        return Actor("reseller", Role.RESELLER, self.reseller)


@dataclass(frozen=True)
class Deed:
    """Something that is done once the clock has come to it. Done again it changes nothing."""

    at: datetime
    do: Callable[[Provd], object]


def day_of_boot(number: int) -> date:
    """A different day of each month, the last one's too."""
    return date((FIRST_MONTH + number) // 12, (FIRST_MONTH + number) % 12 + 1, 3 + number * 5)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN).astimezone(UTC)


def first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def deeds_of(town: Town, number: int) -> Iterator[Deed]:
    """Of the month of that number: a boot, what is entered by hand, then the month's end."""
    month, following = FIRST_MONTH + number, first_of(FIRST_MONTH + number + 1)
    first, visited = first_of(month), town.customers[number % 2]
    if number < PHONES:
        boot = list(town.boots[number])
        yield Deed(at(day_of_boot(number)), lambda parts: parts.operations.boots.book(boot))
    yield Deed(at(first + timedelta(days=9)), lambda parts: pay(parts, town, number))
    yield Deed(
        at(first + timedelta(days=20)),
        lambda parts: parts.operations.manual_charges.charge(
            town.seller,
            visited,
            ChargeForm(Money(VISIT, "EUR"), "Visit", "broken wire", key=f"visit-{number}"),
        ),
    )
    yield Deed(at(following, 2), lambda parts: parts.operations.billing.run(at(following, 2)))
    yield Deed(
        at(following, 3),
        lambda parts: parts.operations.invoicing.runs.run(
            town.administrator, first.year, first.month
        ),
    )
    yield Deed(at(following, 4), lambda parts: finalise(parts, town))
    yield Deed(at(following, 5), lambda parts: give_back(parts, town, number))


def pay(parts: Provd, town: Town, number: int) -> None:
    for customer in town.customers:
        form = PaymentForm(Money(PAID, "EUR"), "bank", key=f"paid-{number}-{customer}")
        parts.operations.payments.pay(town.seller, customer, form)


def invoices(parts: Provd, town: Town, **wanted: object) -> list[InvoiceSummary]:
    found = parts.store.books.invoice_summaries(
        Wanted(**wanted),  # type: ignore[arg-type]
        town.administrator.scope,
    )
    return sorted(found, key=lambda one: one.id)


def finalise(parts: Provd, town: Town) -> None:
    for one in invoices(parts, town, statuses=(InvoiceStatus.DRAFT,)):
        parts.operations.invoicing.issue.finalise(town.administrator, one.id)


def give_back(parts: Provd, town: Town, number: int) -> None:
    """The visit of every other month, by a credit note for its line."""
    if number % 2:
        return
    [one] = [
        one
        for one in invoices(parts, town, debtor_id=town.customers[0], kind=InvoiceKind.INVOICE)
        if one.period_end == first_of(FIRST_MONTH + number + 1)
    ]
    invoice = parts.store.books.invoice(one.id)
    [visit] = [line.position for line in invoice.lines if line.text == "Visit"]
    issue = parts.operations.invoicing.issue
    try:
        issue.credit(town.seller, one.id, "It was our own wire", {visit: None})
    except InputError as error:
        if "credited already" not in str(error):  # by a life before
            raise


def all_deeds(town: Town) -> Iterator[tuple[int, Deed]]:
    """Each with the number of its month; they never end."""
    for number in itertools.count():
        for deed in deeds_of(town, number):
            yield number, deed


@dataclass(frozen=True)
class Lives:
    """`progress` has an octet for each deed that is done."""

    configuration: Configuration
    town: Town
    clock: Clock
    progress: Path

    @property
    def done(self) -> int:
        return self.progress.stat().st_size

    def killed_after(self, seconds: float) -> None:
        child = self._born(None)
        time.sleep(seconds)  # the kill comes at no moment of the child's choosing
        os.kill(child, signal.SIGKILL)
        _buried(child)

    def killed_before(self, statement: int) -> None:
        _buried(self._born(None, statement))

    def last(self) -> int:
        """Finishes the month in which the others ended. Returns how many months were done."""
        begun = next(itertools.islice(all_deeds(self.town), self.done, None))[0]
        _, status = os.waitpid(self._born(begun + 1), 0)
        assert status == 0, "it failed: its error stands above"
        return begun + 1

    def _born(self, months: int | None, statement: int = 0) -> int:
        """The child's process id."""
        child = os.fork()
        if child:
            return child
        try:
            die_before(statement)
            self._go_on(months)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _go_on(self, months: int | None) -> None:
        parts = build(self.configuration)
        note = os.open(self.progress, os.O_WRONLY | os.O_APPEND)
        for number, deed in itertools.islice(all_deeds(self.town), self.done, None):
            if number == months:
                return
            self.clock.now = deed.at
            deed.do(parts)
            os.write(note, b".")


def _buried(child: int) -> None:
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it failed: its error stands above"


def die_before(statement: int) -> None:
    """By kill -9, before the statement of that number; never before the 0th."""
    execute, count = peewee.Database.execute_sql, itertools.count(1)

    def executed(self: peewee.Database, *given: Any, **named: Any) -> Any:
        if next(count) == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(self, *given, **named)  # type: ignore[no-untyped-call]

    peewee.Database.execute_sql = executed  # type: ignore[method-assign]  # the child's alone


def town_of(house: House) -> Town:
    operations, provider = house.parts.operations, house.admin.account_id
    reseller = house.reseller.account_id
    profiles = operations.invoicing.profiles
    told = {"country": "DE", "address_lines": "1", "city": "Kiel", "tax_number": "1"}
    for account in (provider, reseller):
        profiles.save(house.admin, account, told)
        profiles.set_rate(house.admin, account, TaxCategory.STANDARD, "19", date(2026, 1, 1))
    customers = []
    macs = []
    for letter in "AB":
        customer = operations.directory.create_customer(house.reseller, letter)
        site = operations.directory.create_site(house.reseller, customer.id, letter, "", "")
        profiles.save(house.admin, customer.id, {"country": "DE"})
        customers.append((customer.id, site.id))
    for number in range(PHONES):
        macs.append(f"80:5e:c0:00:01:{number:02}")
        wanted = form(
            house,
            mac=macs[-1],
            site_id=customers[number % 2][1],
            plan_id=demonstration_plan(house),
            lines=(LINE,),
        )
        operations.registration.register(house.reseller, wanted)
    boots = [
        tuple(all_files(house.parts, mac, at(day_of_boot(number))))
        for number, mac in enumerate(macs)
    ]
    ids = tuple(id_ for id_, _ in customers)
    return Town(provider, reseller, ids, tuple(boots))


@pytest.fixture(params=DATABASES)
def anywhere(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[House]:
    """The demonstration on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("house")
        return
    data = tmp_path / "elsewhere"
    with postgresql_server() as server:
        given = {"data": str(data), "database.url": server.url(server.create())}
        parts = build(configuration_from({}, given))
        load(parts.operations, Demonstration.read(), data)
        yield House(parts, data)
        parts.close()


def test_whatever_the_moment_of_a_kill_the_books_are_those_of_the_model(
    anywhere: House, clock: Clock, tmp_path: Path
) -> None:
    house, town = anywhere, town_of(anywhere)
    house.parts.store.close()  # a fork must not share a connection
    progress = tmp_path / "progress"
    progress.touch()
    lives = Lives(house.parts.configuration, town, clock, progress)
    chance = random.Random(SEED)
    for kill in range(KILLS):
        if kill % 2:
            lives.killed_after(chance.uniform(0, LONGEST_LIFE))
        else:
            lives.killed_before(chance.randrange(1, MOST_STATEMENTS))
    months = lives.last()

    books = house.parts.store.books
    assert books.audit().problems == ()
    assert Counter(map(told, books.charges())) == Counter(charges_of(town, months))
    for debtor, owed in owed_by(town, months).items():
        issuer = town.provider if debtor == town.reseller else town.reseller
        assert books.balance(receivable(issuer, debtor))["EUR"] == Money(owed, "EUR")
    assert total(books.transactions()) == 0
    check_invoices(house.parts, town, months)


Told = tuple[str, str, int, date | None, Decimal]
"""Side, kind, debtor, the period's first day, amount."""


def told(charge: Charge) -> Told:
    start = charge.period.start if charge.period else None
    return charge.side, charge.kind, charge.debtor_id, start, charge.amount.amount


def total(transactions: Iterable[Transaction]) -> Decimal:
    """Zero of each transaction, and so of all."""
    sums = [sum(entry.amount.amount for entry in one.entries) for one in transactions]
    assert not any(sums)
    return Decimal(sum(sums))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def dated_charges(town: Town, months: int) -> Iterator[tuple[int, Told]]:
    """Each with the number of the month in which it falls due, in Berlin."""
    for number in range(min(PHONES, months)):
        booted = day_of_boot(number)
        days = calendar.monthrange(booted.year, booted.month)[1]
        debtors = {"wholesale": town.reseller, "retail": town.customers[number % 2]}
        for side, debtor in debtors.items():
            share = Decimal(days - booted.day + 1) / days
            yield number, (side, "setup", debtor, None, SETUP[side])
            yield number, (side, "lease", debtor, booted, cents(LEASE[side] * share))
            for later in range(number + 1, months + 1):
                first = first_of(FIRST_MONTH + later)
                yield later, (side, "lease", debtor, first, LEASE[side])
    for number in range(months):
        yield number, ("retail", "manual", town.customers[number % 2], None, VISIT)


def charges_of(town: Town, months: int) -> list[Told]:
    return [charge for _, charge in dated_charges(town, months)]


def nets(town: Town, months: int) -> dict[tuple[int, int], Decimal]:
    """Of each invoice, by month and debtor. What falls due as the next month begins is on none."""
    found: dict[tuple[int, int], Decimal] = {}
    for number, (_, _, debtor, _, amount) in dated_charges(town, months):
        if number < months:
            found[number, debtor] = found.get((number, debtor), Decimal(0)) + amount
    return found


def owed_by(town: Town, months: int) -> dict[int, Decimal]:
    owed = dict.fromkeys((town.reseller, *town.customers), Decimal(0))
    for _, (_, _, debtor, _, amount) in dated_charges(town, months):
        owed[debtor] += amount
    for (_, debtor), net in nets(town, months).items():
        owed[debtor] += cents(net * TAX)
    for customer in town.customers:
        owed[customer] -= PAID * months
    owed[town.customers[0]] -= (VISIT + cents(VISIT * TAX)) * len(range(0, months, 2))
    return owed


def check_invoices(parts: Provd, town: Town, months: int) -> None:
    found = invoices(parts, town)
    assert {one.status for one in found} == {InvoiceStatus.FINAL}
    made = [one for one in found if one.kind is InvoiceKind.INVOICE]
    assert Counter((one.debtor_id, one.gross.amount) for one in made) == Counter(
        (debtor, net + cents(net * TAX)) for (_, debtor), net in nets(town, months).items()
    )
    notes = [one.gross.amount for one in found if one.kind is InvoiceKind.CREDIT_NOTE]
    assert notes == [VISIT + cents(VISIT * TAX)] * len(range(0, months, 2))
    numbers: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for one in found:
        series, _, number = one.number.rpartition("-")
        numbers[one.issuer_id, series].append(int(number))
    for of_series in numbers.values():
        assert of_series == list(range(1, len(of_series) + 1)), "in order, without gaps"
    on_one = Counter(key for one in made for key in parts.store.books.invoice(one.id).charge_keys)
    assert set(on_one.values()) == {1}
    assert len(on_one) == sum(number < months for number, _ in dated_charges(town, months))
