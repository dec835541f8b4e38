"""How accounts stand with their issuers: hard or soft, how far they may go, what they owe."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.ledger import Transaction, parties_of, receivable
from provd.billing.money import Money
from provd.store.bulk import among, listed
from provd.store.fields import from_microseconds
from provd.store.repository import Repository
from provd.store.scope import not_found


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """`owed` is what an account owes its issuer, in its own currency: negative where it has paid in
    advance. `suspended_for` is empty where it is not suspended."""

    account_id: int
    terms: CreditTerms
    owed: Money
    suspended_at: datetime | None
    suspended_for: str


class CreditStandings(Repository):
    """Of hard accounts the row itself knows what they owe, so that each posting can be compared
    with the limit without adding up all that was ever posted. Of soft ones the ledger is asked."""

    def credit_standing(self, account_id: int) -> CreditStanding:
        """Raises NotFoundError."""
        found = self._standings("id = ?", (account_id,))
        if not found:
            raise not_found("account")
        return found[0]

    def credit_standings(self, account_ids: Collection[int]) -> dict[int, CreditStanding]:
        """By account id."""
        found = self._standings(among(self._database, "id"), (listed(self._database, account_ids),))
        return {one.account_id: one for one in found}

    def hard_among(self, account_ids: Collection[int]) -> list[CreditStanding]:
        """The hard ones of these accounts, in a transaction that has just posted to them: until
        its end nobody else changes what they owe."""
        if not account_ids:
            return []
        return self._standings(
            f"{among(self._database, 'id')} AND balance_mode = 'hard'",
            (listed(self._database, account_ids),),
        )

    def hold_to_post(self, account_id: int) -> None:
        """In a transaction that is going to post: until its end nobody else posts what a person
        enters to this account, or changes its terms."""
        # Every poster takes the table before the row: the other way round, one who changes terms
        # and one who posts would wait for each other.
        self._lock_table("ROW EXCLUSIVE")
        self._database.sql("UPDATE account SET name = name WHERE id = ?", (account_id,))

    def set_terms(self, account_id: int, terms: CreditTerms) -> None:
        """In a transaction: what the account owes is added up, once."""
        # Whoever is posting to it just now has seen a soft account and noted nothing: wait for
        # them. Whoever posts from now on waits for us.
        self._lock_table("SHARE ROW EXCLUSIVE")
        text = """
            UPDATE account SET balance_mode = ?, credit_limit_micros = ?, owed_micros = (
                SELECT coalesce(sum(amount_micros), 0) FROM ledger_entry
                WHERE ledger_entry.account = account.parent_id || ':receivable:' || account.id
                  AND ledger_entry.currency = account.currency
            )
            WHERE id = ?
            """
        self._database.sql(text, (terms.mode.value, terms.limit.micros, account_id))

    def _lock_table(self, mode: str) -> None:
        if self._database.is_postgresql:
            self._database.sql(f"LOCK TABLE ledger_transaction IN {mode} MODE")

    def balances(self, accounts: Collection[str]) -> dict[str, list[Money]]:
        """What stands on each of these accounts of the ledger, by currency; positive is debit.
        Those that nothing ever moved are left out."""
        text = f"""
            SELECT account, currency, sum(amount_micros) FROM ledger_entry
            WHERE {among(self._database, "account", "TEXT")}
            GROUP BY account, currency ORDER BY account, currency
            """  # noqa: S608  made of names in our code
        found: dict[str, list[Money]] = {}
        rows = self._database.sql(text, (listed(self._database, accounts),)) if accounts else []
        for account, currency, micros in rows:
            found.setdefault(account, []).append(Money.from_micros(int(micros), currency).rounded())
        return found

    def _standings(self, condition: str, given: Sequence[object]) -> list[CreditStanding]:
        text = f"""
            SELECT id, parent_id, currency, balance_mode, credit_limit_micros, owed_micros,
                   suspended_at, suspended_reason
            FROM account WHERE {condition} ORDER BY id
            """  # noqa: S608  made of names in our code
        rows = self._database.sql(text, given)
        soft = [receivable(row[1] or 0, row[0]) for row in rows if row[3] == BalanceMode.SOFT]
        owed = self.balances(soft)
        return [_standing(owed, *row) for row in rows]

    def _note_owed(self, transactions: Collection[Transaction]) -> None:
        """Adds to what hard accounts owe, after the transactions were written; locks their rows,
        in the order of their ids, until the end of the database's transaction."""
        moved = _moved(transactions)
        if not moved:
            return
        text = f"""
            SELECT id, parent_id, currency FROM account
            WHERE {among(self._database, "id")} AND balance_mode = 'hard' ORDER BY id
            """  # noqa: S608  made of names in our code
        debtors = {debtor for _, debtor, _ in moved}
        for id_, parent_id, currency in self._database.sql(
            text, (listed(self._database, debtors),)
        ):
            if micros := moved.get((parent_id, id_, currency)):
                self._database.sql(
                    "UPDATE account SET owed_micros = owed_micros + ? WHERE id = ?", (micros, id_)
                )


def _standing(
    added_up: Mapping[str, list[Money]],
    account_id: int,
    parent_id: int | None,
    currency: str,
    mode: str,
    limit: int,
    owed_micros: int,
    suspended_at: int | None,
    reason: str | None,
) -> CreditStanding:
    owed = Money.from_micros(owed_micros, currency).rounded()
    if mode == BalanceMode.SOFT:
        found = added_up.get(receivable(parent_id or 0, account_id), [])
        owed = Money.sum((one for one in found if one.currency == currency), currency)
    return CreditStanding(
        account_id=account_id,
        terms=CreditTerms(BalanceMode(mode), Money.from_micros(limit, currency).rounded()),
        owed=owed,
        suspended_at=None if suspended_at is None else from_microseconds(suspended_at),
        suspended_for=reason or "",
    )


def _moved(transactions: Collection[Transaction]) -> Mapping[tuple[int, int, str], int]:
    """Micros by issuer, debtor and currency."""
    moved: dict[tuple[int, int, str], int] = {}
    for transaction in transactions:
        for entry in transaction.entries:
            if parties := parties_of(entry.account):
                place = (*parties, entry.amount.currency)
                moved[place] = moved.get(place, 0) + entry.amount.micros
    return moved
