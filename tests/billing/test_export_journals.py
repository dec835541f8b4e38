"""The journals are read by hledger and beancount themselves."""

import csv
import io
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction as Booked
from beancount.scripts.check import main as check
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from provd.billing.currency import MINOR_DIGITS
from provd.billing.export_accounts import Book
from provd.billing.export_beancount import beancount_journal
from provd.billing.export_hledger import hledger_journal
from provd.billing.ledger import Entry, Transaction, balances
from provd.billing.money import Money
from provd.errors import MoneyError

NAMES = {3: "Müller & Söhne", 4: 'ACME, "Inc."', 5: "東京", 6: ""}
BOOK = Book(2, "Nordfon GmbH", "Europe/Berlin", NAMES)
Balances = Mapping[tuple[str, str], Decimal]


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def booked(text: str = "Lease", at: str = "2026-12-31T23:30", id_: str = "t1") -> Transaction:
    return Transaction(
        id_,
        datetime.fromisoformat(at).replace(tzinfo=UTC),
        text,
        "5:11:retail:2027-01-01",
        (Entry("2:receivable:3", euro("6")), Entry("2:revenue:buy-out", euro("-6"))),
    )


def hledger(journal: str, *arguments: str) -> str:
    done = subprocess.run(
        ["hledger", "-f", "-", *arguments],
        input=journal,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def hledger_balances(journal: str) -> Balances:
    """As hledger adds them up, once it has found nothing to complain of in its strictest mode."""
    table = hledger(
        journal, "balance", "--strict", "--flat", "--no-total", "--empty", "-O", "csv",
        "--layout", "bare",
    )  # fmt: skip
    rows = csv.DictReader(io.StringIO(table))
    found = {(row["account"], row["commodity"]): Decimal(row["balance"]) for row in rows}
    return {place: amount for place, amount in found.items() if amount}


def beancount_balances(journal: str) -> Balances:
    entries, errors, _ = loader.load_string(journal)
    assert errors == []
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Booked):
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                found[posting.account, posting.units.currency] += posting.units.number
    return {place: amount for place, amount in found.items() if amount}


def ours(transactions: list[Transaction]) -> Balances:
    return {
        (BOOK.account(account), currency): money.amount
        for (account, currency), money in balances(transactions).items()
        if money.amount
    }


def test_hledger_reads_day_id_text_and_accounts() -> None:
    journal = "".join(hledger_journal([booked()], BOOK))
    assert journal == (
        "; Books of Nordfon GmbH, days of Europe/Berlin\n"
        "decimal-mark .\n"
        "\n"
        "commodity EUR\n"
        "account Assets:Receivable:3-Mueller-and-Soehne\n"
        "account Income:Buy-out\n"
        "2027-01-01 * (t1) Lease\n"
        "    ; id:t1, charge:5:11:retail:2027-01-01, at:2026-12-31T23:30:00Z\n"
        "    Assets:Receivable:3-Mueller-and-Soehne  6.00 EUR\n"
        "    Income:Buy-out  -6.00 EUR\n"
    )
    found = hledger(journal, "register", "tag:charge=5:11:retail:2027-01-01", "-O", "csv")
    assert '"2027-01-01","t1","Lease"' in found


def test_beancount_reads_day_id_text_and_accounts() -> None:
    journal = "".join(beancount_journal([booked('A "quoted" \\ text\nof two lines')], BOOK))
    assert journal == (
        'option "title" "Books of Nordfon GmbH, days of Europe/Berlin"\n'
        "\n"
        "1970-01-01 open Assets:Receivable:3-Mueller-and-Soehne\n"
        "1970-01-01 open Income:Buy-out\n"
        '2027-01-01 * "A \\"quoted\\" \\\\ text of two lines"\n'
        '  id: "t1"\n'
        '  charge: "5:11:retail:2027-01-01"\n'
        '  at: "2026-12-31T23:30:00Z"\n'
        "  Assets:Receivable:3-Mueller-and-Soehne  6.00 EUR\n"
        "  Income:Buy-out  -6.00 EUR\n"
    )
    (found,) = [one for one in loader.load_string(journal)[0] if isinstance(one, Booked)]
    assert found.narration == 'A "quoted" \\ text of two lines'
    assert found.meta["id"] == "t1"


def test_bean_check_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    file = tmp_path / "books.beancount"
    file.write_text("".join(beancount_journal([booked()], BOOK)))
    assert CliRunner().invoke(check, ["--no-cache", str(file)]).exit_code == 0


def test_accounts_are_named_so_that_people_and_programs_know_what_they_are() -> None:
    assert {
        account: BOOK.account(account)
        for account in (
            "2:receivable:3", "2:receivable:4", "2:receivable:5", "2:receivable:6",
            "2:receivable:99", "2:cash:direct-debit", "2:revenue:lease", "2:tax:standard",
            "2:bad-debt",
        )
    } == {
        "2:receivable:3": "Assets:Receivable:3-Mueller-and-Soehne",
        "2:receivable:4": "Assets:Receivable:4-ACME-Inc",
        "2:receivable:5": "Assets:Receivable:5",
        "2:receivable:6": "Assets:Receivable:6",
        "2:receivable:99": "Assets:Receivable:99",
        "2:cash:direct-debit": "Assets:Cash:Direct-debit",
        "2:revenue:lease": "Income:Lease",
        "2:tax:standard": "Liabilities:Tax:Standard",
        "2:bad-debt": "Expenses:Bad-debt",
    }  # fmt: skip


def test_another_companys_account_is_refused_rather_than_added_in() -> None:
    with pytest.raises(MoneyError, match="not in the books of Nordfon"):
        BOOK.account("1:receivable:2")
    foreign = Transaction(
        "x", datetime(2027, 1, 1, tzinfo=UTC), "", None,
        (Entry("22:receivable:3", euro("6")), Entry("22:revenue:lease", euro("-6"))),
    )  # fmt: skip
    for journal in (hledger_journal, beancount_journal):
        with pytest.raises(MoneyError):
            list(journal([foreign], BOOK))


def test_a_journal_is_written_as_its_transactions_are_read() -> None:
    read: list[int] = []

    def numbered() -> Iterator[Transaction]:
        for number in range(3):
            read.append(number)
            yield booked(id_=f"t{number}")

    for journal in (hledger_journal, beancount_journal):
        read.clear()
        pieces = journal(numbered(), BOOK)
        next(pieces)
        assert read == []
        next(pieces)
        assert read == [0]


ACCOUNTS = st.one_of(
    st.builds("2:receivable:{}".format, st.integers(1, 8)),
    st.builds("2:revenue:{}".format, st.sampled_from(["lease", "buy-out", "setup"])),
    st.builds("2:cash:{}".format, st.text(max_size=8)),
    st.just("2:bad-debt"),
    st.builds("2:{}".format, st.text(max_size=8)),
)
SMALL = st.integers(-(10**13), 10**13)


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    """Balanced in each of its currencies; amounts may be finer than can be paid."""
    entries = []
    for currency in draw(st.sets(st.sampled_from(sorted(MINOR_DIGITS)), min_size=1, max_size=2)):
        places = draw(st.lists(st.tuples(ACCOUNTS, SMALL), min_size=1, max_size=3))
        entries += [
            Entry(account, Money.from_micros(micros, currency)) for account, micros in places
        ]
        rest = -sum(micros for _, micros in places)
        entries.append(Entry("2:tax:standard", Money.from_micros(rest, currency)))
    return Transaction(
        id=draw(st.text(max_size=12)),
        at=datetime.fromtimestamp(draw(st.integers(10**8, 7 * 10**9)), UTC),
        text=draw(st.text(max_size=30)),
        charge_key=draw(st.none() | st.text(max_size=12)),
        entries=tuple(draw(st.permutations(entries))),
    )


@settings(max_examples=8, deadline=None)
@given(st.lists(transactions(), max_size=40))
def test_any_ledgers_journal_is_accepted_and_comes_to_its_balances(
    ledger: list[Transaction],
) -> None:
    expected = ours(ledger)
    assert hledger_balances("".join(hledger_journal(ledger, BOOK))) == expected
    assert beancount_balances("".join(beancount_journal(ledger, BOOK))) == expected
