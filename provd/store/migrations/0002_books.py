"""Plans, subscriptions, charges and the ledger."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import make_append_only, run

_TABLES = """
CREATE TABLE plan (
    id {id},
    owner_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    cycle TEXT NOT NULL,
    "interval" TEXT NOT NULL,
    timing TEXT NOT NULL,
    prorate_first BOOLEAN NOT NULL,
    prorate_last BOOLEAN NOT NULL
);
CREATE INDEX plan_owner ON plan (owner_id);

CREATE TABLE fee (
    id {id},
    plan_id BIGINT NOT NULL REFERENCES plan (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    recurring BOOLEAN NOT NULL
);
CREATE INDEX fee_plan ON fee (plan_id);

CREATE TABLE price (
    id {id},
    fee_id BIGINT NOT NULL REFERENCES fee (id),
    side TEXT NOT NULL,
    seller_id BIGINT NOT NULL REFERENCES account (id),
    valid_from TEXT NOT NULL,
    amount_micros BIGINT NOT NULL,
    currency TEXT NOT NULL,
    UNIQUE (fee_id, side, seller_id, valid_from)
);

CREATE TABLE slot (
    id {id},
    site_id BIGINT NOT NULL REFERENCES site (id),
    name TEXT NOT NULL,
    device_id BIGINT UNIQUE REFERENCES device (id)
);
CREATE INDEX slot_site ON slot (site_id);

CREATE TABLE slot_span (
    id {id},
    slot_id BIGINT NOT NULL REFERENCES slot (id),
    device_id BIGINT NOT NULL REFERENCES device (id),
    since BIGINT NOT NULL,
    until BIGINT
);
CREATE UNIQUE INDEX slot_span_open ON slot_span (slot_id) WHERE until IS NULL;
CREATE INDEX slot_span_slot ON slot_span (slot_id, since);
CREATE INDEX slot_span_device ON slot_span (device_id);

CREATE TABLE subscription (
    id {id},
    plan_id BIGINT NOT NULL REFERENCES plan (id),
    slot_id BIGINT NOT NULL REFERENCES slot (id),
    provider_id BIGINT NOT NULL REFERENCES account (id),
    reseller_id BIGINT NOT NULL REFERENCES account (id),
    customer_id BIGINT NOT NULL REFERENCES account (id),
    provider_zone TEXT NOT NULL,
    reseller_zone TEXT NOT NULL,
    started_at BIGINT,
    start_cause TEXT,
    ended_at BIGINT,
    end_known_at BIGINT,
    CHECK ((started_at IS NULL) = (start_cause IS NULL))
);
CREATE INDEX subscription_slot ON subscription (slot_id);
CREATE INDEX subscription_plan ON subscription (plan_id);
CREATE INDEX subscription_customer ON subscription (customer_id);

CREATE TABLE charge (
    id {id},
    key TEXT NOT NULL UNIQUE,
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    slot_id BIGINT NOT NULL REFERENCES slot (id),
    device_id BIGINT REFERENCES device (id),
    side TEXT NOT NULL,
    fee_id BIGINT NOT NULL REFERENCES fee (id),
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
    calculation TEXT NOT NULL
);
CREATE INDEX charge_due ON charge (due_at, key);
CREATE INDEX charge_debtor ON charge (debtor_id, due_at);
CREATE INDEX charge_device ON charge (device_id, due_at);
CREATE INDEX charge_subscription ON charge (subscription_id);

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
CREATE INDEX ledger_entry_transaction ON ledger_entry (transaction_id);
CREATE INDEX ledger_entry_account ON ledger_entry (account, currency)
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
    for table in ("charge", "ledger_transaction", "ledger_entry"):
        make_append_only(database, table)
