"""Reading the whole ledger, to tell whether it holds.

The database refuses whatever would be found here; but its guards can be taken away, and a damaged
file has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from provd.store.repository import Repository

_OFF = """
    SELECT transaction_id FROM ledger_entry
    GROUP BY transaction_id, currency HAVING sum(amount_micros) <> 0
"""
_FEW = """
    SELECT transaction_id FROM ledger_entry GROUP BY transaction_id HAVING count(*) < 2
"""
_STRAY = """
    SELECT transaction_id FROM ledger_entry AS one
    WHERE NOT EXISTS (SELECT 1 FROM ledger_transaction AS made WHERE made.id = one.transaction_id)
"""
_NAMED_SQLITE = "json_each(made.entries) AS said", "key"
_NAMED_POSTGRESQL = (
    "json_array_elements(CAST(made.entries AS JSON)) WITH ORDINALITY AS said (value, number)",
    "number - 1",
)
_MISSING = """
    SELECT made.id FROM ledger_transaction AS made CROSS JOIN {named}
    LEFT JOIN ledger_entry AS one ON one.transaction_id = made.id AND one.at = made.at
        AND one.position = said.{number} AND one.account = said.value->>0
        AND one.amount_micros = CAST(said.value->>1 AS BIGINT)
        AND one.currency = said.value->>2
    WHERE one.id IS NULL
"""
_ADDED = """
    SELECT one.transaction_id FROM ledger_entry AS one
    JOIN ledger_transaction AS made ON made.id = one.transaction_id
    WHERE one.position < 0 OR one.position >= json_array_length({entries})
"""
_UNPOSTED = """
    SELECT key FROM charge
    WHERE NOT EXISTS (SELECT 1 FROM ledger_transaction AS made WHERE made.charge_key = charge.key)
"""
_UNFOUNDED = """
    SELECT id FROM ledger_transaction
    WHERE charge_key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM charge WHERE charge.key = charge_key)
"""
# By the transaction alone: SQLite would look through all entries of the account for each charge.
_MISPOSTED = """
    SELECT charge.key FROM charge JOIN ledger_transaction AS made ON made.charge_key = charge.key
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_entry AS one
        WHERE one.transaction_id = made.id AND one.amount_micros = charge.amount_micros
          AND one.currency = charge.currency
          AND one.account || '' = charge.issuer_id || ':receivable:' || charge.debtor_id
    )
"""
_MISCOUNTED = """
    SELECT account.name FROM account WHERE balance_mode = 'hard' AND owed_micros <> (
        SELECT coalesce(sum(amount_micros), 0) FROM ledger_entry AS one
        WHERE one.account = account.parent_id || ':receivable:' || account.id
          AND one.currency = account.currency
    )
"""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Audit:
    """How much was read, and each thing that is wrong, as a sentence that names the first few."""

    transactions: int
    entries: int
    charges: int
    problems: tuple[str, ...]


class Auditing(Repository):
    """Slow: every transaction, entry and charge is read."""

    def audit(self) -> Audit:
        """Whether each transaction comes to zero in each currency and has the entries that it
        names, each charge is posted once, with its amount to what its debtor owes, and hard
        accounts know what they owe."""
        steps = (
            ("do not come to zero", _OFF),
            ("have fewer than two entries", _FEW),
            ("are named by entries, but do not exist", _STRAY),
            ("lack an entry that they name", self._spelt(_MISSING)),
            ("have entries that they do not name", self._spelt(_ADDED)),
            ("post a charge that does not exist", _UNFOUNDED),
        )
        problems = [self._problem("transactions", what, text) for what, text in steps]
        problems += [
            self._problem("charges", "are not in the ledger", _UNPOSTED),
            self._problem("charges", "are in the ledger with another amount", _MISPOSTED),
            self._problem("hard accounts", "owe another sum than their row says", _MISCOUNTED),
        ]
        return Audit(
            transactions=self._count("ledger_transaction"),
            entries=self._count("ledger_entry"),
            charges=self._count("charge"),
            problems=tuple(problem for problem in problems if problem),
        )

    def _spelt(self, text: str) -> str:
        postgresql = self._database.is_postgresql
        named, number = _NAMED_POSTGRESQL if postgresql else _NAMED_SQLITE
        entries = "CAST(made.entries AS JSON)" if postgresql else "made.entries"
        return text.format(named=named, number=number, entries=entries)

    def _problem(self, things: str, what: str, text: str) -> str:
        found = sorted({str(name) for (name,) in self._database.sql(text)})
        if not found:
            return ""
        shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
        return f"{len(found)} {things} {what}: {shown}"

    def _count(self, table: str) -> int:
        text = f"SELECT count(*) FROM {table}"  # noqa: S608  a name in our code
        return int(self._database.sql(text)[0][0])
