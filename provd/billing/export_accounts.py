"""One issuer's books, as plain-text accounting programs name accounts and write texts.

Both hledger and beancount get the same names: `Assets:Receivable:3-ACME-Inc`, `Income:Lease`,
`Assets:Cash:Bank`, `Liabilities:Tax:Standard`, `Expenses:Bad-debt`. They are what beancount allows
(letters, digits, hyphens; a capital or digit first), and different accounts have different names.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from provd.billing.ledger import Transaction
from provd.errors import MoneyError

_HEADS = {
    "receivable": "Assets:Receivable",
    "cash": "Assets:Cash",
    "revenue": "Income",
    "tax": "Liabilities:Tax",
    "bad-debt": "Expenses:Bad-debt",
}
_OTHER = "Equity:Other"
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID = re.compile(r"0|[1-9][0-9]*")
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Book:
    """Whose books they are. `names` are its debtors' by account id; its days are those of
    `time_zone`, an IANA name."""

    issuer_id: int
    name: str
    time_zone: str
    names: Mapping[int, str]

    def day(self, at: datetime) -> date:
        """On which a transaction is booked."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def account(self, account: str) -> str:
        """The name of a ledger account. Raises MoneyError for one of somebody else's books: what
        is two companies' must never be added up as one's."""
        issuer, _, rest = account.partition(":")
        if issuer != str(self.issuer_id):
            raise MoneyError(f"the account {account} is not in the books of {self.name}")
        head, _, leaf = rest.partition(":")
        if head not in _HEADS:
            return f"{_OTHER}:{_component(rest)}"
        if not leaf:
            return _HEADS[head]
        return f"{_HEADS[head]}:{self._debtor(leaf) if head == 'receivable' else _component(leaf)}"

    def _debtor(self, leaf: str) -> str:
        """The id makes it unique, and leads as in any list of debtors; the name is for people."""
        if not _ID.fullmatch(leaf):
            return _component(leaf)
        name = _readable(self.names.get(int(leaf), ""))[:_LONGEST_NAME].strip("-")
        return f"{leaf}-{name}" if name else leaf


class Opened:
    """Which accounts and currencies a journal has declared so far."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._names: dict[str, str] = {}
        self._currencies: set[str] = set()

    def name(self, account: str) -> str:
        return self._names[account]

    def new_accounts(self, transaction: Transaction) -> list[str]:
        """Names of those that it is the first to use."""
        found = []
        for entry in transaction.entries:
            if entry.account not in self._names:
                self._names[entry.account] = self._book.account(entry.account)
                found.append(self._names[entry.account])
        return found

    def new_currencies(self, transaction: Transaction) -> list[str]:
        """Those that it is the first to use."""
        used = dict.fromkeys(entry.amount.currency for entry in transaction.entries)
        found = [one for one in used if one not in self._currencies]
        self._currencies.update(found)
        return found


def one_line(text: str) -> str:
    """Without line breaks, or anything else that can't be seen."""
    kept = (" " if unicodedata.category(one) in _UNSEEN else one for one in text)
    return " ".join("".join(kept).split())


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def tags(transaction: Transaction) -> Iterable[tuple[str, str]]:
    """What leads from a line of a journal back to provd: ids, and the instant in UTC."""
    yield "id", transaction.id
    if transaction.charge_key:
        yield "charge", transaction.charge_key
    yield "at", f"{transaction.at.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}"


def _component(text: str) -> str:
    """A word of ours with a capital; of any other text what can be read of it, and a mark in
    capitals that keeps two apart."""
    if _WORD.fullmatch(text):
        return text[0].upper() + text[1:]
    mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8].upper()
    return f"{_readable(text)[:_LONGEST_NAME].title().strip('-')}-X{mark}".lstrip("-")


def _readable(text: str) -> str:
    """ASCII letters and digits, others for the likes of accents; whatever else becomes a hyphen.
    Both programs take more letters, but not the same."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT)).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


_SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "&": "and"}
    | {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae"}
)
