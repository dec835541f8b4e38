"""What was booked by hand: payments, refunds, debts given up, reversals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from provd.billing import settlement as values
from provd.billing.charge import Charge
from provd.billing.ledger import Transaction
from provd.billing.money import Money
from provd.billing.settlement import SettlementKind
from provd.store.books.charge_rows import charge_from
from provd.store.books.given_back import GivenBack
from provd.store.books.ledger import Ledger
from provd.store.books.tables import Charge as ChargeRow
from provd.store.books.tables import ChargeCredit, Settlement
from provd.store.database import Row
from provd.store.repository import Repository


class Settlements(Ledger, GivenBack):
    """Append-only, each with its transaction."""

    def add_settlement(self, settlement: values.Settlement, transaction: Transaction) -> bool:
        """Books both. False when it is booked already; see `settlement`."""
        with self._database.transaction():
            if not self._post([transaction]):
                return False
            self._database.insert(
                Settlement.insert(
                    transaction_id=settlement.transaction_id,
                    kind=settlement.kind,
                    issuer_id=settlement.issuer_id,
                    debtor_id=settlement.debtor_id,
                    key=settlement.key,
                    amount_micros=settlement.amount.micros,
                    currency=settlement.amount.currency,
                    method=settlement.method,
                    reference=settlement.reference,
                    received_on=settlement.received_on.isoformat(),
                    recorded_at=settlement.recorded_at,
                    actor=settlement.actor,
                    note=settlement.note,
                    reverses=settlement.reverses or None,
                )
            )
        return True

    def settlement(self, transaction_id: str) -> values.Settlement | None:
        query = Settlement.select().where(Settlement.transaction_id == transaction_id)
        row = self._database.row(query)
        return _settlement(row) if row else None

    def settlement_numbered(self, number: int) -> values.Settlement | None:
        row = self._database.row(Settlement.select().where(Settlement.id == number))
        return _settlement(row) if row else None

    def settlements(self, issuer_id: int, debtor_id: int, size: int) -> Sequence[values.Settlement]:
        """The latest of them, the last entered first."""
        query = (
            Settlement.select()
            .where((Settlement.debtor_id == debtor_id) & (Settlement.issuer_id == issuer_id))
            .order_by(Settlement.recorded_at.desc(), Settlement.id.desc())
            .limit(size)
        )
        return [_settlement(row) for row in self._database.rows(query)]

    def reversed_among(self, transaction_ids: Sequence[str]) -> set[str]:
        """Those that a reversal took back."""
        query = Settlement.select(Settlement.reverses).where(
            Settlement.reverses.in_(list(transaction_ids))
        )
        return {row["reverses"] for row in self._database.rows(query)}


def _settlement(row: Row) -> values.Settlement:
    return values.Settlement(
        issuer_id=row["issuer_id"],
        debtor_id=row["debtor_id"],
        kind=SettlementKind(row["kind"]),
        key=row["key"],
        amount=Money.from_micros(row["amount_micros"], row["currency"]).rounded(),
        method=row["method"],
        reference=row["reference"],
        received_on=date.fromisoformat(row["received_on"]),
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        note=row["note"],
        reverses=row["reverses"] or "",
        number=row["id"],
    )


class ChargeCredits(Repository):
    """Which charges give back something of which other charge."""

    def charge(self, key: str) -> Charge | None:
        row = self._database.row(ChargeRow.select().where(ChargeRow.key == key))
        return charge_from(row) if row else None

    def add_credit(self, charge_key: str, credits_key: str) -> None:
        """Append-only, once for each credit."""
        self._database.add(ChargeCredit.insert(charge_key=charge_key, credits=credits_key))
