"""What is final stays: of an invoice that is no draft the database refuses every change but the one
to void, and every change of its lines, taxes and charges. An invoice becomes final only when it
adds up, and a charge is on an invoice of its own issuer and debtor.
"""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import run_spelt

# All columns but status, void_at, void_by and void_reason.
_KEPT = (
    *("id", "issuer_id", "debtor_id", "kind", "number", "currency", "issued_on", "due_on"),
    *("period_start", "period_end", "issuer", "debtor", "bank", "brand", "reference"),
    *("buyer_reference", "refers_to", "notes", "credited_id", "net_micros", "tax_micros"),
    *("gross_micros", "created_at", "created_by", "final_at", "final_by"),
)

# A row in whose way another stands would be removed without a DELETE trigger:
# https://www.sqlite.org/lang_conflict.html
_INVOICE_SQLITE = (
    """
CREATE TRIGGER invoice_is_not_replaced BEFORE INSERT ON invoice
WHEN EXISTS (
    SELECT 1 FROM invoice
    WHERE id = NEW.id OR (issuer_id = NEW.issuer_id AND number = NEW.number)
)
BEGIN SELECT RAISE(ABORT, 'invoice is there already'); END
""",
    """
CREATE TRIGGER invoice_begins_as_a_draft BEFORE INSERT ON invoice WHEN NEW.status <> 'draft'
BEGIN SELECT RAISE(ABORT, 'invoice begins as a draft'); END
""",
    """
CREATE TRIGGER invoice_stays BEFORE UPDATE ON invoice
WHEN OLD.status <> 'draft' AND NOT (OLD.status = 'final' AND NEW.status = 'void' AND {same})
BEGIN SELECT RAISE(ABORT, 'invoice is final'); END
""",
    """
CREATE TRIGGER invoice_adds_up BEFORE UPDATE ON invoice
WHEN OLD.status = 'draft' AND NEW.status <> 'draft' AND ({wrong})
BEGIN SELECT RAISE(ABORT, 'invoice does not add up'); END
""",
    """
CREATE TRIGGER invoice_remains BEFORE DELETE ON invoice WHEN OLD.status <> 'draft'
BEGIN SELECT RAISE(ABORT, 'invoice is final'); END
""",
)
_WRONG = """
    NEW.status <> 'final'
    OR NEW.net_micros <> (
        SELECT COALESCE(SUM(amount_micros), 0) FROM invoice_line WHERE invoice_id = NEW.id
    )
    OR NEW.net_micros <> (
        SELECT COALESCE(SUM(base_micros), 0) FROM invoice_tax WHERE invoice_id = NEW.id
    )
    OR NEW.tax_micros <> (
        SELECT COALESCE(SUM(tax_micros), 0) FROM invoice_tax WHERE invoice_id = NEW.id
    )
    OR (NEW.credited_id IS NULL AND NEW.net_micros <> (
        SELECT COALESCE(SUM(charge.amount_micros), 0)
            * CASE NEW.kind WHEN 'credit_note' THEN -1 ELSE 1 END
        FROM invoice_charge JOIN charge ON charge.key = invoice_charge.charge_key
        WHERE invoice_id = NEW.id
    ))
"""
_INVOICE_FUNCTION = """
CREATE FUNCTION guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN RAISE EXCEPTION 'invoice begins as a draft'; END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'draft' THEN
        IF TG_OP = 'UPDATE' AND OLD.status = 'final' AND NEW.status = 'void' AND {same} THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'invoice is final';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.status <> 'draft' AND ({wrong}) THEN
        RAISE EXCEPTION 'invoice does not add up';
    END IF;
    RETURN NEW;
END $$
"""
_INVOICE_POSTGRESQL = """
CREATE TRIGGER invoice_is_guarded BEFORE INSERT OR UPDATE OR DELETE ON invoice
FOR EACH ROW EXECUTE FUNCTION guard_invoice()
"""

_PART_SQLITE = """
CREATE TRIGGER {table}_stays_{verb} BEFORE {verb} ON {table}
WHEN (SELECT status FROM invoice WHERE id = {row}.invoice_id) <> 'draft' AND NOT ({but})
BEGIN SELECT RAISE(ABORT, '{table} is of a final invoice'); END
"""
_MOVE_SQLITE = """
CREATE TRIGGER {table}_does_not_move BEFORE UPDATE ON {table}
WHEN NEW.invoice_id IS NOT OLD.invoice_id OR NEW.id IS NOT OLD.id
BEGIN SELECT RAISE(ABORT, '{table} is of another invoice'); END
"""
_PART_FUNCTION = """
CREATE FUNCTION guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state TEXT;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.invoice_id <> OLD.invoice_id OR NEW.id <> OLD.id) THEN
        RAISE EXCEPTION '{table} is of another invoice';
    END IF;
    SELECT status INTO state FROM invoice
    WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.invoice_id ELSE OLD.invoice_id END FOR SHARE;
    IF state <> 'draft' AND NOT (TG_OP = 'UPDATE' AND {but}) THEN
        RAISE EXCEPTION '{table} is of a final invoice';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""
_PART_POSTGRESQL = """
CREATE TRIGGER {table}_is_guarded BEFORE INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION guard_{table}()
"""
_TRUNCATE_POSTGRESQL = """
CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

_RELEASED = (
    "OLD.void IS NOT TRUE AND NEW.void IS TRUE AND NEW.charge_key = OLD.charge_key "
    "AND NEW.position = OLD.position "
    "AND (SELECT status FROM invoice WHERE id = NEW.invoice_id) = 'void'"
)
_PARTS = {"invoice_line": "FALSE", "invoice_tax": "FALSE", "invoice_charge": _RELEASED}

_STRANGER = """
    NOT EXISTS (
        SELECT 1 FROM charge JOIN invoice ON invoice.id = NEW.invoice_id
        WHERE charge.key = NEW.charge_key AND charge.issuer_id = invoice.issuer_id
          AND charge.debtor_id = invoice.debtor_id AND charge.currency = invoice.currency
    )
"""
_OWN_SQLITE = """
CREATE TRIGGER invoice_charge_is_its_own BEFORE INSERT ON invoice_charge WHEN {stranger}
BEGIN SELECT RAISE(ABORT, 'invoice_charge is of another issuer, debtor or currency'); END
"""
_OWN_FUNCTION = """
CREATE FUNCTION check_invoice_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {stranger} THEN
        RAISE EXCEPTION 'invoice_charge is of another issuer, debtor or currency';
    END IF;
    RETURN NEW;
END $$
"""
_OWN_POSTGRESQL = """
CREATE TRIGGER invoice_charge_is_its_own BEFORE INSERT ON invoice_charge
FOR EACH ROW EXECUTE FUNCTION check_invoice_charge()
"""
_NOTHING = "SELECT 1"


def up(database: peewee.Database) -> None:
    _guard_invoices(database)
    for table, but in _PARTS.items():
        _guard_part(database, table, but)
    _both(database, _OWN_SQLITE.replace("{stranger}", _STRANGER), "")
    _both(database, "", _OWN_FUNCTION.replace("{stranger}", _STRANGER))
    _both(database, "", _OWN_POSTGRESQL)


def _guard_invoices(database: peewee.Database) -> None:
    for text in _INVOICE_SQLITE:
        _both(database, _filled(text, "IS"), "")
    _both(database, "", _filled(_INVOICE_FUNCTION, "IS NOT DISTINCT FROM"))
    _both(database, "", _INVOICE_POSTGRESQL)
    _both(database, "", _TRUNCATE_POSTGRESQL.format(table="invoice"))


def _filled(text: str, equals: str) -> str:
    same = " AND ".join(f"NEW.{column} {equals} OLD.{column}" for column in _KEPT)
    return text.replace("{same}", same).replace("{wrong}", _WRONG)


def _guard_part(database: peewee.Database, table: str, but: str) -> None:
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        exception = but if verb == "UPDATE" else "FALSE"
        text = _PART_SQLITE.format(table=table, verb=verb, row=row, but=exception)
        _both(database, text, "")
    _both(database, _MOVE_SQLITE.format(table=table), "")
    _both(database, "", _PART_FUNCTION.format(table=table, but=but))
    _both(database, "", _PART_POSTGRESQL.format(table=table))
    _both(database, "", _TRUNCATE_POSTGRESQL.format(table=table))


def _both(database: peewee.Database, sqlite: str, postgresql: str) -> None:
    """One statement where a database has one."""
    run_spelt(database, sqlite=sqlite or _NOTHING, postgresql=postgresql or _NOTHING)
