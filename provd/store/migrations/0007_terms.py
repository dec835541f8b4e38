"""Terms of plans and fees, what becomes of subscriptions, prices that are never overwritten, and
charges that belong to no subscription."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import is_postgresql, make_append_only, run

_COLUMNS = """
ALTER TABLE plan ADD COLUMN role TEXT NOT NULL DEFAULT 'main';
ALTER TABLE plan ADD COLUMN subject TEXT NOT NULL DEFAULT 'slot';
ALTER TABLE plan ADD COLUMN repeatable BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE plan ADD COLUMN trial_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN wholesale_trial BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE plan ADD COLUMN minimum_months BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN termination_percent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plan ADD COLUMN return_days BIGINT;
ALTER TABLE plan ADD COLUMN sharing TEXT NOT NULL DEFAULT 'all';
ALTER TABLE plan ADD COLUMN sold_from TEXT;
ALTER TABLE plan ADD COLUMN sold_until TEXT;

CREATE TABLE plan_share (
    id {id},
    plan_id BIGINT NOT NULL REFERENCES plan (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    UNIQUE (plan_id, account_id)
);
CREATE INDEX plan_share_account ON plan_share (account_id);

ALTER TABLE fee ADD COLUMN tax_category TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE fee ADD COLUMN runs_suspended BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE fee ADD COLUMN cycle TEXT;
ALTER TABLE fee ADD COLUMN "interval" TEXT;
ALTER TABLE fee ADD COLUMN timing TEXT;
ALTER TABLE fee ADD COLUMN prorate_first BOOLEAN;
ALTER TABLE fee ADD COLUMN prorate_last BOOLEAN;
UPDATE fee SET runs_suspended = TRUE WHERE kind = 'lease';

ALTER TABLE slot ADD COLUMN item TEXT NOT NULL DEFAULT 'phone';
ALTER TABLE slot ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE slot ADD COLUMN serial TEXT NOT NULL DEFAULT ''
"""

# Entered in 1970: whatever has been charged by them was charged knowing them.
_PRICES = """
ALTER TABLE price RENAME TO price_before;
CREATE TABLE price (
    id {id},
    fee_id BIGINT NOT NULL REFERENCES fee (id),
    side TEXT NOT NULL,
    seller_id BIGINT NOT NULL REFERENCES account (id),
    valid_from TEXT NOT NULL,
    amount_micros BIGINT NOT NULL,
    currency TEXT NOT NULL,
    known_at BIGINT NOT NULL,
    UNIQUE (fee_id, side, seller_id, valid_from, known_at)
);
INSERT INTO price (fee_id, side, seller_id, valid_from, amount_micros, currency, known_at)
SELECT fee_id, side, seller_id, valid_from, amount_micros, currency, 0
FROM price_before ORDER BY id;
DROP TABLE price_before
"""

_RELAXED_POSTGRESQL = """
ALTER TABLE charge ALTER COLUMN subscription_id DROP NOT NULL;
ALTER TABLE charge ALTER COLUMN slot_id DROP NOT NULL;
ALTER TABLE charge ALTER COLUMN fee_id DROP NOT NULL;
ALTER TABLE charge ADD COLUMN tax_category TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE subscription ALTER COLUMN slot_id DROP NOT NULL;
ALTER TABLE subscription ADD COLUMN device_id BIGINT REFERENCES device (id);
ALTER TABLE subscription ADD COLUMN setup TEXT NOT NULL DEFAULT 'now';
ALTER TABLE subscription ADD COLUMN term_from TEXT;
ALTER TABLE subscription ADD COLUMN wholesale_until BIGINT;
ALTER TABLE subscription ADD COLUMN retail_until BIGINT;
ALTER TABLE subscription ADD COLUMN next_due BIGINT
"""

# SQLite can't relax a column, so the table is made anew, and with it every table that refers to
# it: otherwise they would go on referring to the old one.
_CHAIN = ("subscription", "charge", "ledger_transaction", "ledger_entry")
_INDEXES = (
    *("subscription_slot", "subscription_plan", "subscription_customer"),
    *("charge_due", "charge_debtor", "charge_device", "charge_subscription"),
    *("ledger_entry_transaction", "ledger_entry_account"),
)
_REBUILT_SQLITE = """
CREATE TABLE subscription (
    id {id},
    plan_id BIGINT NOT NULL REFERENCES plan (id),
    slot_id BIGINT REFERENCES slot (id),
    provider_id BIGINT NOT NULL REFERENCES account (id),
    reseller_id BIGINT NOT NULL REFERENCES account (id),
    customer_id BIGINT NOT NULL REFERENCES account (id),
    provider_zone TEXT NOT NULL,
    reseller_zone TEXT NOT NULL,
    started_at BIGINT,
    start_cause TEXT,
    ended_at BIGINT,
    end_known_at BIGINT,
    device_id BIGINT REFERENCES device (id),
    setup TEXT NOT NULL DEFAULT 'now',
    term_from TEXT,
    wholesale_until BIGINT,
    retail_until BIGINT,
    next_due BIGINT
);

CREATE TABLE charge (
    id {id},
    key TEXT NOT NULL UNIQUE,
    subscription_id BIGINT REFERENCES subscription (id),
    slot_id BIGINT REFERENCES slot (id),
    device_id BIGINT REFERENCES device (id),
    side TEXT NOT NULL,
    fee_id BIGINT REFERENCES fee (id),
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    period_start TEXT,
    period_end TEXT,
    amount_micros BIGINT NOT NULL,
    currency TEXT NOT NULL,
    issuer_id BIGINT NOT NULL REFERENCES account (id),
    debtor_id BIGINT NOT NULL REFERENCES account (id),
    due_at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    calculation TEXT NOT NULL,
    tax_category TEXT NOT NULL DEFAULT 'standard'
);

CREATE TABLE ledger_transaction (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    text TEXT NOT NULL,
    charge_key TEXT UNIQUE REFERENCES charge (key)
);

CREATE TABLE ledger_entry (
    id {id},
    transaction_id TEXT NOT NULL REFERENCES ledger_transaction (id),
    account TEXT NOT NULL,
    amount_micros BIGINT NOT NULL,
    currency TEXT NOT NULL
);

INSERT INTO subscription (id, plan_id, slot_id, provider_id, reseller_id, customer_id,
    provider_zone, reseller_zone, started_at, start_cause, ended_at, end_known_at)
SELECT id, plan_id, slot_id, provider_id, reseller_id, customer_id,
    provider_zone, reseller_zone, started_at, start_cause, ended_at, end_known_at
FROM subscription_before ORDER BY id;
INSERT INTO charge (id, key, subscription_id, slot_id, device_id, side, fee_id, kind, text,
    period_start, period_end, amount_micros, currency, issuer_id, debtor_id, due_at, cause,
    calculation)
SELECT id, key, subscription_id, slot_id, device_id, side, fee_id, kind, text,
    period_start, period_end, amount_micros, currency, issuer_id, debtor_id, due_at, cause,
    calculation
FROM charge_before ORDER BY id;
INSERT INTO ledger_transaction (id, at, text, charge_key)
SELECT id, at, text, charge_key FROM ledger_transaction_before ORDER BY rowid;
INSERT INTO ledger_entry (id, transaction_id, account, amount_micros, currency)
SELECT id, transaction_id, account, amount_micros, currency FROM ledger_entry_before ORDER BY id;

CREATE INDEX subscription_slot ON subscription (slot_id);
CREATE INDEX subscription_plan ON subscription (plan_id);
CREATE INDEX subscription_customer ON subscription (customer_id);
CREATE INDEX charge_due ON charge (due_at, key);
CREATE INDEX charge_debtor ON charge (debtor_id, due_at);
CREATE INDEX charge_device ON charge (device_id, due_at);
CREATE INDEX charge_subscription ON charge (subscription_id);
CREATE INDEX ledger_entry_transaction ON ledger_entry (transaction_id);
CREATE INDEX ledger_entry_account ON ledger_entry (account, currency)
"""

_CHANGES = """
CREATE INDEX subscription_device ON subscription (device_id);
CREATE INDEX subscription_next ON subscription (next_due);

CREATE TABLE subscription_change (
    id {id},
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    kind TEXT NOT NULL,
    effective_at BIGINT,
    known_at BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    device_id BIGINT REFERENCES device (id),
    UNIQUE (subscription_id, event_id, kind)
);
CREATE INDEX subscription_change_device ON subscription_change (device_id);

INSERT INTO subscription_change
    (subscription_id, kind, effective_at, known_at, event_id, cause)
SELECT id, 'start', started_at, started_at, {event}, start_cause
FROM subscription WHERE started_at IS NOT NULL ORDER BY id;
INSERT INTO subscription_change
    (subscription_id, kind, effective_at, known_at, event_id, cause)
SELECT id, 'end', ended_at, COALESCE(end_known_at, ended_at), 'ended:' || id,
    '{"address":"","at":' || COALESCE(end_known_at, ended_at) || ',"bytes_sent":0,"event_id":'
        || '"ended:' || id || '","file":"","kind":"ended","transport":""}'
FROM subscription WHERE ended_at IS NOT NULL ORDER BY id;
UPDATE subscription SET next_due = 0 WHERE started_at IS NOT NULL;

ALTER TABLE subscription DROP COLUMN start_cause;
ALTER TABLE subscription DROP COLUMN end_known_at
"""


def up(database: peewee.Database) -> None:
    run(database, _COLUMNS)
    run(database, _PRICES)
    if is_postgresql(database):
        run(database, _RELAXED_POSTGRESQL)
    else:
        _rebuild_sqlite(database)
    event = "CAST(start_cause AS JSON)->>" if is_postgresql(database) else "start_cause->>"
    run(database, _CHANGES.replace("{event}", f"{event}'event_id'"))
    for table in ("price", "subscription_change"):
        make_append_only(database, table)


def _rebuild_sqlite(database: peewee.Database) -> None:
    run(database, ";".join(f"DROP INDEX {name}" for name in _INDEXES))
    run(database, ";".join(f"ALTER TABLE {name} RENAME TO {name}_before" for name in _CHAIN))
    run(database, _REBUILT_SQLITE)
    # From the last of the chain on, so that nothing refers to what goes; the triggers go with it.
    run(database, ";".join(f"DROP TABLE {name}_before" for name in reversed(_CHAIN)))
    for table in _CHAIN[1:]:
        make_append_only(database, table)
