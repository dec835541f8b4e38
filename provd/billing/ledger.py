"""Double entry: what a charge does to the issuer's books.

The ledger is append-only; a correction is another transaction, a balance a sum over entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.errors import MoneyError


@dataclass(frozen=True, slots=True)
class Entry:
    """`amount` on `account`: positive is debit, negative is credit."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Transaction:
    """Entries that belong together. Raises MoneyError unless there are at least two and they sum
    to zero in each currency."""

    id: str
    at: datetime
    text: str
    charge_key: str | None
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if len(self.entries) < 2:
            raise MoneyError(f"transaction {self.id} has fewer than two entries")
        for currency, rest in _by_currency(self.entries).items():
            if rest.amount != Decimal(0):
                raise MoneyError(f"transaction {self.id} is off balance by {rest} ({currency})")


def receivable(issuer_id: int, debtor_id: int) -> str:
    """The account, in the issuer's books, of what the debtor owes."""
    return f"{issuer_id}:receivable:{debtor_id}"


def revenue(issuer_id: int, kind: str) -> str:
    """The account, in the issuer's books, of what was earned with one kind of fee."""
    return f"{issuer_id}:revenue:{kind}"


def tax(issuer_id: int, category: str) -> str:
    """The account, in the issuer's books, of the tax that it owes its tax office."""
    return f"{issuer_id}:tax:{category}"


def cash(issuer_id: int, method: str) -> str:
    """The account, in the issuer's books, of what came in by one method of payment."""
    return f"{issuer_id}:cash:{method}"


def bad_debt(issuer_id: int) -> str:
    """The account, in the issuer's books, of what nobody will pay."""
    return f"{issuer_id}:bad-debt"


def parties_of(account: str) -> tuple[int, int] | None:
    """(issuer, debtor) of an account of `receivable`, None for every other."""
    issuer, _, rest = account.partition(":receivable:")
    return (int(issuer), int(rest)) if rest else None


def debtors_of(transaction: Transaction) -> set[int]:
    """The accounts whose debt it changes."""
    found = (parties_of(entry.account) for entry in transaction.entries)
    return {parties[1] for parties in found if parties}


def post(charge: Charge) -> Transaction:
    """A charge as a transaction. Its id follows from the charge's key, so it is booked once."""
    return Transaction(
        id=f"charge:{charge.key}",
        at=charge.due_at,
        text=charge.text,
        charge_key=charge.key,
        entries=(
            Entry(receivable(charge.issuer_id, charge.debtor_id), charge.amount),
            Entry(revenue(charge.issuer_id, charge.kind), -charge.amount),
        ),
    )


def balances(transactions: Iterable[Transaction]) -> Mapping[tuple[str, str], Money]:
    """What stands on each (account, currency)."""
    sums: dict[tuple[str, str], Money] = {}
    for transaction in transactions:
        for entry in transaction.entries:
            place = (entry.account, entry.amount.currency)
            sums[place] = sums.get(place, Money.zero(entry.amount.currency)) + entry.amount
    return sums


def _by_currency(entries: Iterable[Entry]) -> Mapping[str, Money]:
    amounts: defaultdict[str, list[Money]] = defaultdict(list)
    for entry in entries:
        amounts[entry.amount.currency].append(entry.amount)
    return {currency: Money.sum(group, currency) for currency, group in amounts.items()}
