"""The ledger is kept balanced by the database itself, whoever writes to it.

A transaction is one row that names its entries, `[[account, micros, currency], ...]`. The database
refuses the row unless they are at least two and come to zero in each currency; it writes them into
`ledger_entry` itself, in that very statement, and takes no entry from anybody else. So there is no
moment at which a transaction is open: nothing to add to, nothing to leave behind, nothing that a
deferred check would have to catch, and none of it rests on foreign keys, which SQLite checks only
where the connection asks for it. See docs/decisions/0032-a-transaction-is-one-row.md.
"""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import allow_changes, make_append_only, run, run_spelt

_COLUMNS = """
ALTER TABLE ledger_transaction ADD COLUMN entries TEXT NOT NULL DEFAULT '[]';
ALTER TABLE ledger_entry ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ledger_entry ADD COLUMN at BIGINT NOT NULL DEFAULT 0
"""

_FILL_ENTRIES = """
UPDATE ledger_entry SET
    at = (SELECT made.at FROM ledger_transaction AS made WHERE made.id = transaction_id),
    position = (
        SELECT count(*) FROM ledger_entry AS other
        WHERE other.transaction_id = ledger_entry.transaction_id AND other.id < ledger_entry.id
    )
"""
_FILL_SQLITE = """
UPDATE ledger_transaction SET entries = (
    SELECT json_group_array(json_array(account, amount_micros, currency)) FROM (
        SELECT * FROM ledger_entry WHERE transaction_id = ledger_transaction.id ORDER BY id
    )
)
"""
_FILL_POSTGRESQL = """
UPDATE ledger_transaction SET entries = (
    SELECT coalesce(
        json_agg(json_build_array(account, amount_micros, currency) ORDER BY id), '[]'
    )::text
    FROM ledger_entry WHERE transaction_id = ledger_transaction.id
)
"""

_INDEXES = """
DROP INDEX ledger_entry_transaction;
DROP INDEX ledger_entry_account;
CREATE UNIQUE INDEX ledger_entry_transaction ON ledger_entry (transaction_id, position);
CREATE INDEX ledger_entry_account ON ledger_entry (account, currency, at, id, amount_micros)
"""

# What may come again (a charge, a transaction) is passed over, as ON CONFLICT DO NOTHING does.
# It stands here because INSERT OR REPLACE removes the row in its way without a DELETE trigger:
# https://www.sqlite.org/lang_conflict.html
_KEEP_CHARGES_SQLITE = """
CREATE TRIGGER charge_is_not_replaced BEFORE INSERT ON charge
WHEN EXISTS (SELECT 1 FROM charge WHERE key = NEW.key OR id = NEW.id)
BEGIN SELECT RAISE(IGNORE); END
"""
_KEEP_EVENTS_SQLITE = """
CREATE TRIGGER lifecycle_event_is_not_replaced BEFORE INSERT ON lifecycle_event
WHEN EXISTS (SELECT 1 FROM lifecycle_event WHERE id = NEW.id)
BEGIN SELECT RAISE(IGNORE); END
"""
# A primary key that is text may be NULL in SQLite, an integer in JSON may be too large for one.
_CHECK_SQLITE = """
CREATE TRIGGER ledger_transaction_balances BEFORE INSERT ON ledger_transaction
BEGIN
    SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.id);
    SELECT RAISE(ABORT, 'ledger_transaction is append-only') WHERE EXISTS (
        SELECT 1 FROM ledger_transaction WHERE charge_key = NEW.charge_key
    );
    SELECT RAISE(ABORT, 'ledger_transaction: entries are no list of [account, micros, currency]')
    WHERE NEW.id IS NULL OR json_type(NEW.entries) IS NOT 'array' OR EXISTS (
        SELECT 1 FROM json_each(NEW.entries)
        WHERE type <> 'array' OR json_array_length(value) <> 3
           OR json_type(value, '$[0]') IS NOT 'text'
           OR json_type(value, '$[1]') IS NOT 'integer' OR typeof(value->>1) <> 'integer'
           OR json_type(value, '$[2]') IS NOT 'text'
    );
    SELECT RAISE(ABORT, 'ledger_transaction has fewer than two entries')
    WHERE json_array_length(NEW.entries) < 2;
    SELECT RAISE(ABORT, 'ledger_transaction does not come to zero') WHERE EXISTS (
        SELECT 1 FROM json_each(NEW.entries) GROUP BY value->>2 HAVING sum(value->>1) <> 0
    );
END
"""
_WRITE_SQLITE = """
CREATE TRIGGER ledger_transaction_writes AFTER INSERT ON ledger_transaction
BEGIN
    INSERT INTO ledger_entry (transaction_id, position, at, account, amount_micros, currency)
    SELECT NEW.id, key, NEW.at, value->>0, value->>1, value->>2 FROM json_each(NEW.entries);
END
"""
_GUARD_SQLITE = """
CREATE TRIGGER ledger_entry_is_written_by_its_transaction BEFORE INSERT ON ledger_entry
WHEN EXISTS (
    SELECT 1 FROM ledger_entry
    WHERE transaction_id = NEW.transaction_id AND position = NEW.position OR id = NEW.id
) OR NOT EXISTS (
    SELECT 1 FROM ledger_transaction AS made, json_each(made.entries) AS one
    WHERE made.id = NEW.transaction_id AND made.at = NEW.at AND one.key = NEW.position
      AND one.value->>0 = NEW.account AND one.value->>1 = NEW.amount_micros
      AND one.value->>2 = NEW.currency
)
BEGIN SELECT RAISE(ABORT, 'ledger_entry is written by its ledger_transaction alone'); END
"""

_WRITE_FUNCTION = """
CREATE FUNCTION write_ledger_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong TEXT;
BEGIN
    SELECT id INTO wrong FROM added
    WHERE CASE json_typeof(entries::json) WHEN 'array' THEN json_array_length(entries::json) < 2
          ELSE true END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING MESSAGE =
            'ledger_transaction has fewer than two entries: ' || wrong;
    END IF;
    WITH written AS (
        INSERT INTO ledger_entry (transaction_id, position, at, account, amount_micros, currency)
        SELECT added.id, one.number - 1, added.at,
               one.value->>0, CAST(one.value->>1 AS BIGINT), one.value->>2
        FROM added, json_array_elements(added.entries::json) WITH ORDINALITY AS one (value, number)
        RETURNING transaction_id, amount_micros, currency
    )
    SELECT transaction_id INTO wrong FROM written
    GROUP BY transaction_id, currency HAVING sum(amount_micros) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING MESSAGE = 'ledger_transaction does not come to zero: ' || wrong;
    END IF;
    RETURN NULL;
END $$
"""
_WRITE_POSTGRESQL = """
CREATE TRIGGER ledger_transaction_writes AFTER INSERT ON ledger_transaction
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION write_ledger_entries()
"""
_GUARD_FUNCTION = """
CREATE FUNCTION guard_ledger_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added LEFT JOIN ledger_transaction AS made ON made.id = added.transaction_id
        WHERE made.id IS NULL OR made.at <> added.at OR added.position < 0
           OR CAST(made.entries AS JSONB) -> CAST(added.position AS INTEGER)
              IS DISTINCT FROM
              jsonb_build_array(added.account, added.amount_micros, added.currency)
    ) THEN
        RAISE EXCEPTION 'ledger_entry is written by its ledger_transaction alone';
    END IF;
    RETURN NULL;
END $$
"""
_GUARD_POSTGRESQL = """
CREATE TRIGGER ledger_entry_is_written_by_its_transaction AFTER INSERT ON ledger_entry
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION guard_ledger_entries()
"""
_NOTHING = "SELECT 1"


def up(database: peewee.Database) -> None:
    run(database, _COLUMNS)
    for table in ("ledger_transaction", "ledger_entry"):
        allow_changes(database, table)
    run(database, _FILL_ENTRIES)
    run_spelt(database, sqlite=_FILL_SQLITE, postgresql=_FILL_POSTGRESQL)
    for table in ("ledger_transaction", "ledger_entry"):
        make_append_only(database, table)
    run(database, _INDEXES)
    for sqlite, postgresql in (
        (_KEEP_CHARGES_SQLITE, _NOTHING),
        (_KEEP_EVENTS_SQLITE, _NOTHING),
        (_CHECK_SQLITE, _WRITE_FUNCTION),
        (_WRITE_SQLITE, _WRITE_POSTGRESQL),
        (_NOTHING, _GUARD_FUNCTION),
        (_GUARD_SQLITE, _GUARD_POSTGRESQL),
    ):
        run_spelt(database, sqlite=sqlite, postgresql=postgresql)
