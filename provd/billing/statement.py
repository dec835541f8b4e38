"""What an account owed, what came to it, and what it owes: one currency, one issuer, some days.

A statement is a reading of the issuer's ledger, never more: opening balance, every movement of the
debtor's account with the balance after it, closing balance. Positive is what the debtor owes.
"""

from __future__ import annotations

import csv
import enum
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from provd.billing.days import local_date
from provd.billing.money import Money
from provd.billing.period import Period
from provd.devices.text import spreadsheet_text


class LineKind(enum.StrEnum):
    """What moved the balance. A credit is a charge that gives something back."""

    CHARGE = "charge"
    CREDIT = "credit"
    TAX = "tax"
    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write-off"
    REVERSAL = "reversal"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry on the debtor's account. `transaction_id` begins with what it came from
    ("charge:", "invoice:", "payment:"); `reference` is what a payment named."""

    transaction_id: str
    at: datetime
    text: str
    amount: Money
    reference: str = ""

    @property
    def kind(self) -> LineKind:
        source, gives_back = self.transaction_id.partition(":")[0], self.amount.amount < 0
        if source == "invoice":
            return self._of_invoice(gives_back)
        if source == LineKind.CHARGE and gives_back:
            return LineKind.CREDIT
        return LineKind(source) if source in set(LineKind) else LineKind.OTHER

    def _of_invoice(self, gives_back: bool) -> LineKind:
        """An invoice adds the tax on charges that are there already; a credit note gives back both;
        a void one takes back what it did."""
        if self.transaction_id.endswith(":void"):
            return LineKind.REVERSAL
        return LineKind.CREDIT if gives_back else LineKind.TAX


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement on its day where the issuer is, and what was owed after it."""

    day: date
    kind: LineKind
    text: str
    reference: str
    amount: Money
    balance: Money
    transaction_id: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`period` is in the issuer's days. The opening balance and all lines come to the closing one.

    `lines` may be a stream, to be read once; those of a `whole` statement are there to stay.
    """

    issuer: str
    debtor: str
    period: Period
    opening: Money
    lines: Iterable[StatementLine]

    def whole(self) -> Statement:
        return replace(self, lines=tuple(self.lines))

    @property
    def closing(self) -> Money:
        """Reads all lines."""
        return _last(self.lines, self.opening)

    @property
    def currency(self) -> str:
        return self.opening.currency


def lines(opening: Money, movements: Iterable[Movement], zone: ZoneInfo) -> Iterator[StatementLine]:
    """The movements with the running balance; they stream. Raises MoneyError for one in another
    currency."""
    balance = opening
    for movement in movements:
        balance += movement.amount
        yield StatementLine(
            day=local_date(movement.at, zone),
            kind=movement.kind,
            text=movement.text,
            reference=movement.reference,
            amount=movement.amount,
            balance=balance,
            transaction_id=movement.transaction_id,
        )


COLUMNS = ("day", "kind", "text", "reference", "amount", "balance", "currency", "transaction")
_NUMBERS = frozenset({"amount", "balance"})


def statement_csv(statement: Statement) -> Iterator[str]:
    """A header, the opening balance, a record for each line, the closing balance, each ending in
    CR LF. Text that a spreadsheet would take for a formula gets a ' before it."""
    balance = statement.opening
    yield _record(COLUMNS)
    yield _balance(statement.period.start, "opening", balance)
    for line in statement.lines:
        balance = line.balance
        yield _record(
            text if column in _NUMBERS else spreadsheet_text(text)
            for column, text in _row(line).items()
        )
    yield _balance(statement.period.last_day, "closing", balance)


def statement_json(statement: Statement) -> Iterator[str]:
    """One JSON object, a line of text for each line; amounts are strings, so that no reader makes
    binary fractions of them. `until` is the last day, included."""
    balance, comma = statement.opening, ""
    head = {
        "issuer": statement.issuer,
        "debtor": statement.debtor,
        "currency": statement.currency,
        "since": statement.period.start.isoformat(),
        "until": statement.period.last_day.isoformat(),
        "opening": balance.figures,
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "lines": ['
    for line in statement.lines:
        balance = line.balance
        yield f"{comma}\n  {json.dumps(_row(line), ensure_ascii=False)}"
        comma = ","
    yield f'\n], "closing": {json.dumps(balance.figures)}}}\n'


def _last(lines_: Iterable[StatementLine], opening: Money) -> Money:
    balance = opening
    for line in lines_:
        balance = line.balance
    return balance


def _row(line: StatementLine) -> dict[str, str]:
    return {
        "day": line.day.isoformat(),
        "kind": line.kind.value,
        "text": line.text,
        "reference": line.reference,
        "amount": line.amount.figures,
        "balance": line.balance.figures,
        "currency": line.amount.currency,
        "transaction": line.transaction_id,
    }


def _balance(day: date, kind: str, amount: Money) -> str:
    return _record((day.isoformat(), kind, "", "", "", amount.figures, amount.currency, ""))


def _record(cells: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
