"""What is booked by hand, and for how long an account goes on."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import make_append_only, run, run_spelt

_TABLES = """
ALTER TABLE account ADD COLUMN balance_mode TEXT NOT NULL DEFAULT 'soft';
ALTER TABLE account ADD COLUMN credit_limit_micros BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN owed_micros BIGINT NOT NULL DEFAULT 0;

CREATE TABLE settlement (
    id {id},
    transaction_id TEXT NOT NULL UNIQUE REFERENCES ledger_transaction (id),
    kind TEXT NOT NULL,
    issuer_id BIGINT NOT NULL REFERENCES account (id),
    debtor_id BIGINT NOT NULL REFERENCES account (id),
    key TEXT NOT NULL,
    amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
    currency TEXT NOT NULL,
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    received_on TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    reverses TEXT UNIQUE REFERENCES ledger_transaction (id)
);
CREATE INDEX settlement_debtor ON settlement (debtor_id, recorded_at);

CREATE TABLE charge_credit (
    charge_key TEXT PRIMARY KEY REFERENCES charge (key),
    credits TEXT NOT NULL REFERENCES charge (key)
);
CREATE INDEX charge_credit_credits ON charge_credit (credits)
"""

# INSERT OR REPLACE removes the row in its way without a DELETE trigger.
_KEEP_SQLITE = """
CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_SAME = {
    "settlement": "transaction_id = NEW.transaction_id OR id = NEW.id OR reverses = NEW.reverses",
    "charge_credit": "charge_key = NEW.charge_key OR NEW.charge_key IS NULL",
}


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
    for table, same in _SAME.items():
        make_append_only(database, table)
        keep = _KEEP_SQLITE.format(table=table, same=same)
        run_spelt(database, sqlite=keep, postgresql="SELECT 1")
