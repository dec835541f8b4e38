"""What has been given back of a charge, by whatever way: by hand, by an adjustment that a change of
its subscription brought, by a credit note for the line that it stands on."""

from __future__ import annotations

from provd.billing.charge import Charge
from provd.billing.invoice import Invoice
from provd.billing.money import Money
from provd.store.repository import Repository

_LINE_LEFT = """
    SELECT
        COALESCE(SUM(line.amount_micros), 0),
        COALESCE(SUM((
            SELECT SUM(given.amount_micros) FROM invoice AS note
            JOIN invoice_line AS given ON given.invoice_id = note.id
            WHERE note.credited_id = line.invoice_id AND note.status = 'final'
              AND given.credits = line.position
        )), 0),
        COALESCE(SUM((
            SELECT SUM(back.amount_micros) FROM invoice_charge AS beside
            JOIN charge_credit ON charge_credit.credits = beside.charge_key
            JOIN charge AS back ON back.key = charge_credit.charge_key
            WHERE beside.invoice_id = line.invoice_id AND beside.position = line.position
        )), 0)
    FROM invoice_charge AS own
    JOIN invoice ON invoice.id = own.invoice_id AND invoice.status = 'final'
    JOIN invoice_line AS line ON line.invoice_id = own.invoice_id AND line.position = own.position
    WHERE own.charge_key = ? AND NOT own.void
"""
_ELSEWHERE = """
    SELECT position, SUM(back.amount_micros) FROM (
        SELECT own.position, charge_credit.charge_key AS key FROM invoice_charge AS own
        JOIN charge_credit ON charge_credit.credits = own.charge_key
        WHERE own.invoice_id = ?
        UNION
        SELECT own.position, adjusted.key FROM invoice_charge AS own
        JOIN charge ON charge.key = own.charge_key
        JOIN charge AS adjusted ON adjusted.subscription_id = charge.subscription_id
          AND substr(adjusted.key, 1, length(charge.key) + 8) = charge.key || ':adjust:'
        WHERE own.invoice_id = ?
    ) AS given
    JOIN charge AS back ON back.key = given.key
    WHERE NOT EXISTS (
        SELECT 1 FROM invoice_charge AS same
        WHERE same.charge_key = given.key AND same.invoice_id = ? AND NOT same.void
    )
    GROUP BY position ORDER BY position
"""


class GivenBack(Repository):
    """So that no two ways together give back more than was charged."""

    def left_of(self, charge: Charge) -> Money:
        """What has not been given back of a charge: neither by hand, nor by an adjustment that a
        later change of its subscription brought, nor by a credit note for the invoice's line that
        it stands on."""
        prefix = f"{charge.key}:adjust:"
        text = """
            SELECT coalesce(sum(amount_micros), 0) FROM charge
            WHERE key IN (SELECT charge_key FROM charge_credit WHERE credits = ?)
               OR (subscription_id = ? AND substr(key, 1, ?) = ?)
            """
        given = (charge.key, charge.subscription_id, len(prefix), prefix)
        ((micros,),) = self._database.sql(text, given)
        given_back = Money.from_micros(int(micros), charge.amount.currency)
        left = (charge.amount + given_back).rounded()
        of_line = self._left_of_line(charge)
        return left if of_line is None or (of_line - left).amount >= 0 else of_line

    def _left_of_line(self, charge: Charge) -> Money | None:
        """What credit notes and credits by hand have left of the invoice's line that the charge
        stands on; None where no credit note is for it."""
        ((line, noted, by_hand),) = self._database.sql(_LINE_LEFT, (charge.key,))
        if not noted:
            return None
        micros = int(line) - int(noted) + int(by_hand)
        return Money.from_micros(max(micros, 0), charge.amount.currency).rounded()

    def given_back_elsewhere(self, invoice: Invoice) -> dict[int, Money]:
        """Of an invoice's lines, by position: what was given back of their charges by hand, or by
        adjustments, on other invoices or on none yet. Below zero where something was."""
        rows = self._database.sql(_ELSEWHERE, (invoice.id, invoice.id, invoice.id))
        return {
            position: Money.from_micros(int(micros), invoice.currency).rounded()
            for position, micros in rows
        }
