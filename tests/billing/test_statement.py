"""A statement: opening balance and lines come to the closing one, whatever moved."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.statement import (
    COLUMNS,
    LineKind,
    Movement,
    Statement,
    lines,
    statement_csv,
    statement_json,
)
from provd.errors import MoneyError

BERLIN = ZoneInfo("Europe/Berlin")
AUGUST = Period(date(2026, 8, 1), date(2026, 9, 1))
AT = datetime(2026, 8, 3, 8, tzinfo=UTC)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def moved(transaction_id: str, amount: str, at: datetime = AT, text: str = "Setup") -> Movement:
    return Movement(transaction_id, at, text, euros(amount))


def statement(*movements: Movement, opening: str = "0.00") -> Statement:
    made = lines(euros(opening), movements, BERLIN)
    return Statement("Provider", "Alice", AUGUST, euros(opening), made)


CENTS = st.integers(-(10**9), 10**9).map(lambda cents: Money(Decimal(cents) / 100, "EUR"))


@given(opening=CENTS, amounts=st.lists(CENTS, max_size=20))
def test_opening_and_lines_come_to_the_closing_balance(
    opening: Money, amounts: list[Money]
) -> None:
    moves = [Movement(f"charge:{at}", AT, "", amount) for at, amount in enumerate(amounts)]
    whole = Statement("P", "A", AUGUST, opening, lines(opening, moves, BERLIN)).whole()
    assert whole.closing == opening + Money.sum(amounts, "EUR")
    balance = opening
    for line in whole.lines:
        assert line.balance == balance + line.amount
        balance = line.balance


def test_each_line_tells_what_the_balance_was_after_it() -> None:
    told = statement(moved("charge:1", "25.00"), moved("payment:1:x", "-30.00"), opening="10.00")
    assert [str(line.balance) for line in told.lines] == ["35.00 EUR", "5.00 EUR"]


def test_without_movements_the_balance_stays() -> None:
    assert str(statement(opening="7.00").closing) == "7.00 EUR"


def test_a_day_is_the_issuers() -> None:
    late = moved("charge:1", "1.00", datetime(2026, 8, 3, 22, 30, tzinfo=UTC))
    (line,) = statement(late).lines
    assert line.day == date(2026, 8, 4)


@pytest.mark.parametrize(
    ("transaction", "amount", "kind"),
    [
        ("charge:5:11:retail:once", "5.00", LineKind.CHARGE),
        ("charge:manual:1:x", "-5.00", LineKind.CREDIT),
        ("invoice:7", "0.95", LineKind.TAX),
        ("invoice:8", "-5.95", LineKind.CREDIT),
        ("invoice:7:void", "-0.95", LineKind.REVERSAL),
        ("payment:1:x", "-5.00", LineKind.PAYMENT),
        ("refund:1:x", "5.00", LineKind.REFUND),
        ("write-off:1:x", "-5.00", LineKind.WRITE_OFF),
        ("reversal:payment:1:x", "5.00", LineKind.REVERSAL),
        ("something", "5.00", LineKind.OTHER),
    ],
)
def test_a_line_is_named_by_what_it_came_from(
    transaction: str, amount: str, kind: LineKind
) -> None:
    assert moved(transaction, amount).kind is kind


def test_two_currencies_never_stand_in_one_statement() -> None:
    yen = Movement("charge:1", AT, "", Money(Decimal(5), "JPY"))
    with pytest.raises(MoneyError):
        statement(yen).whole()


def test_csv_has_every_line_between_the_two_balances() -> None:
    given_ = statement(
        moved("charge:1", "25.00", text='=HYPERLINK("x")'),
        moved("charge:2", "-5.00", AT + timedelta(days=1)),
        opening="-3.00",
    )
    rows = list(csv.DictReader(io.StringIO("".join(statement_csv(given_)), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["day"], row["kind"], row["amount"], row["balance"]) for row in rows] == [
        ("2026-08-01", "opening", "", "-3.00"),
        ("2026-08-03", "charge", "25.00", "22.00"),
        ("2026-08-04", "credit", "-5.00", "17.00"),
        ("2026-08-31", "closing", "", "17.00"),
    ]
    assert rows[1]["text"] == '\'=HYPERLINK("x")'


def test_json_has_every_line_between_the_two_balances() -> None:
    told = json.loads("".join(statement_json(statement(moved("charge:1", "25.00"), opening="1"))))
    assert (told["since"], told["until"]) == ("2026-08-01", "2026-08-31")
    assert (told["opening"], told["closing"], told["currency"]) == ("1.00", "26.00", "EUR")
    assert [line["amount"] for line in told["lines"]] == ["25.00"]
    empty = json.loads("".join(statement_json(statement(opening="1"))))
    assert (empty["lines"], empty["closing"]) == ([], "1.00")


def test_a_stream_is_read_as_it_is_written() -> None:
    """A carrier's account has a million lines."""
    read: list[int] = []

    def endless() -> Iterator[Movement]:
        for number in itertools.count():
            read.append(number)
            yield moved(f"charge:{number}", "1.00")

    stream = lines(euros("0"), endless(), BERLIN)
    told = statement_csv(Statement("P", "A", AUGUST, euros("0"), stream))
    for _ in range(5):
        next(told)
    assert len(read) == 3
