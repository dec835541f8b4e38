"""What is booked by hand against what somebody owes: payments, refunds, debts given up, reversals.

Each is one transaction of the issuer's ledger. Its id follows from the key that whoever entered it
gave, so entering it twice changes nothing; a reversal's follows from what it reverses, so nothing
is reversed twice.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from provd.billing.days import check_aware, local_date, start_of_day
from provd.billing.ledger import Entry, Transaction, bad_debt, cash, receivable
from provd.billing.money import Money
from provd.errors import InputError

_METHOD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_METHOD = 32
_LONGEST_KEY = 255


class SettlementKind(enum.StrEnum):
    """A refund is money sent back; a write-off is a debt that nobody will pay."""

    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write-off"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Settlement:
    """`amount` is positive. `method` ("bank", "card") is empty for a write-off, as is `reference`,
    what the payment named, where it named nothing. `received_on` is the day on which the money
    came or went where the issuer is, `recorded_at` when `actor` entered it.

    A REVERSAL has the id of the transaction that it `reverses`, and as its `amount` that one's.
    `number` is what people call it by, given when it is kept.
    """

    issuer_id: int
    debtor_id: int
    kind: SettlementKind
    key: str
    amount: Money
    method: str
    reference: str
    received_on: date
    recorded_at: datetime
    actor: str
    note: str
    reverses: str = ""
    number: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        check_aware(self.recorded_at, "recorded_at")
        if self.amount.amount <= 0 or self.amount.rounded() != self.amount:
            raise InputError(
                f"{self.amount} can't be paid", key="amount", remedy="Write more than 0, as 12.50"
            )
        if not 0 < len(self.key) <= _LONGEST_KEY or not self.key.isprintable():
            raise InputError(f"no key of 1 to {_LONGEST_KEY} characters", key="key")

    @property
    def transaction_id(self) -> str:
        if self.kind is SettlementKind.REVERSAL:
            return f"{self.kind}:{self.reverses}"
        return f"{self.kind}:{self.issuer_id}:{self.key}"

    @property
    def text(self) -> str:
        """One line, as a statement has it."""
        if self.kind is SettlementKind.WRITE_OFF:
            return f"Written off: {self.note}"
        if self.kind is SettlementKind.REVERSAL:
            return f"Reversed: {self.note}"
        return f"{self.kind.capitalize()} by {self.method}"

    def same_as(self, other: Settlement) -> bool:
        """Whether it says the same, whoever entered it when."""
        return self == replace(other, recorded_at=self.recorded_at, actor=self.actor)


def checked_method(text: str) -> str:
    """The part of a ledger account's name that a method of payment gives. Raises InputError."""
    method = text.strip().lower()
    if not _METHOD.fullmatch(method) or len(method) > _LONGEST_METHOD:
        raise InputError(
            f"“{text[:40]}” is no method of payment",
            key="method",
            remedy="Write a word of letters, digits and -, as bank, card, direct-debit",
        )
    return method


def settle(settlement: Settlement, zone: ZoneInfo) -> Transaction:
    """A payment, refund or write-off as a transaction of the issuer's, whose time zone is `zone`.

    It stands on the day on which the money came: at the moment of its entry on the same day, else
    as that day begins. Raises InputError for a day that has not come.
    """
    owed = receivable(settlement.issuer_id, settlement.debtor_id)
    other = bad_debt(settlement.issuer_id)
    if settlement.kind is not SettlementKind.WRITE_OFF:
        other = cash(settlement.issuer_id, checked_method(settlement.method))
    more = -settlement.amount if settlement.kind is SettlementKind.REFUND else settlement.amount
    return Transaction(
        id=settlement.transaction_id,
        at=_at(settlement, zone),
        text=settlement.text,
        charge_key=None,
        entries=(Entry(other, more), Entry(owed, -more)),
    )


def reverse(reversal: Settlement, wrong: Transaction) -> Transaction:
    """The same entries the other way round, at the moment at which it was entered: the wrong one
    stays in the books."""
    return Transaction(
        id=reversal.transaction_id,
        at=reversal.recorded_at,
        text=reversal.text,
        charge_key=None,
        entries=tuple(Entry(entry.account, -entry.amount) for entry in wrong.entries),
    )


def _at(settlement: Settlement, zone: ZoneInfo) -> datetime:
    today = local_date(settlement.recorded_at, zone)
    if settlement.received_on > today:
        raise InputError(
            f"{settlement.received_on} has not come", key="date", remedy="Write a day until today"
        )
    if settlement.received_on == today:
        return settlement.recorded_at
    return start_of_day(settlement.received_on, zone)
