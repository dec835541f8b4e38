"""Reading all invoices, to tell whether they hold: as with the ledger, the database refuses what
would be found here, but its guards can be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from provd.store.repository import Repository

_GAPS = """
    SELECT name, counted.kind, issued, made FROM (
        SELECT issuer_id, kind, SUM(last) AS issued FROM invoice_counter GROUP BY issuer_id, kind
    ) AS counted
    JOIN account ON account.id = counted.issuer_id
    LEFT JOIN (
        SELECT issuer_id, kind, COUNT(*) AS made FROM invoice WHERE status <> 'draft'
        GROUP BY issuer_id, kind
    ) AS kept ON kept.issuer_id = counted.issuer_id AND kept.kind = counted.kind
    WHERE COALESCE(made, 0) <> issued
    ORDER BY name, counted.kind
"""
_SUMS = """
    SELECT number FROM invoice
    WHERE status <> 'draft' AND (
        net_micros <> (
            SELECT COALESCE(SUM(amount_micros), 0) FROM invoice_line WHERE invoice_id = invoice.id
        )
        OR tax_micros <> (
            SELECT COALESCE(SUM(tax_micros), 0) FROM invoice_tax WHERE invoice_id = invoice.id
        )
        OR gross_micros <> net_micros + tax_micros
    )
    ORDER BY id
"""
_UNBOOKED = """
    SELECT number FROM invoice
    WHERE status <> 'draft'
      AND (EXISTS (
              SELECT 1 FROM invoice_tax WHERE invoice_id = invoice.id AND tax_micros <> 0
          ) OR (credited_id IS NOT NULL AND net_micros <> 0))
      AND (
          NOT EXISTS (SELECT 1 FROM ledger_transaction WHERE id = 'invoice:' || invoice.id)
          OR (status = 'void' AND NOT EXISTS (
              SELECT 1 FROM ledger_transaction WHERE id = 'invoice:' || invoice.id || ':void'
          ))
      )
    ORDER BY id
"""
_TWICE = """
    SELECT charge_key FROM invoice_charge WHERE NOT void
    GROUP BY charge_key HAVING COUNT(*) > 1 ORDER BY charge_key
"""
_OVERCREDITED = """
    SELECT corrected.number FROM (
        SELECT note.credited_id, given.credits, SUM(given.amount_micros) AS amount
        FROM invoice AS note JOIN invoice_line AS given ON given.invoice_id = note.id
        WHERE note.credited_id IS NOT NULL AND note.status = 'final'
        GROUP BY note.credited_id, given.credits
    ) AS noted
    JOIN invoice AS corrected ON corrected.id = noted.credited_id
    JOIN invoice_line AS line
      ON line.invoice_id = corrected.id AND line.position = noted.credits
    WHERE ABS(noted.amount) > ABS(line.amount_micros)
    ORDER BY corrected.id, line.position
"""
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class InvoiceAudit:
    """How many invoices and credit notes have a number, and what is wrong with them."""

    invoices: int
    problems: tuple[str, ...]


class InvoiceAuditing(Repository):
    def audit_invoices(self) -> InvoiceAudit:
        """Reads all of them, in a few statements."""
        sql = self._database.sql
        ((count,),) = sql("SELECT COUNT(*) FROM invoice WHERE status <> 'draft'")
        gaps = [
            f"{name} has issued {issued} of kind {kind} and keeps {made or 0}"
            for name, kind, issued, made in sql(_GAPS)
        ]
        return InvoiceAudit(
            int(count),
            (
                *gaps,
                *_told("does not add up", sql(_SUMS)),
                *_told("is not in the ledger", sql(_UNBOOKED)),
                *_told("is on two invoices", sql(_TWICE)),
                *_told("has a line that was credited beyond its amount", sql(_OVERCREDITED)),
            ),
        )


def _told(what: str, rows: list[tuple[str]]) -> list[str]:
    told = [f"{name} {what}" for (name,) in rows[:_MOST_TOLD]]
    more = len(rows) - _MOST_TOLD
    return [*told, f"{more} more {what}"] if more > 0 else told
