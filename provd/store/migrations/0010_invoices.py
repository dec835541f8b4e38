"""Billing profiles, tax rates, invoices, their numbers and documents, and the mail they go by."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import make_append_only, run

_TABLES = """
CREATE TABLE billing_profile (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    party TEXT NOT NULL,
    bank TEXT,
    days BIGINT NOT NULL,
    invoice_numbers TEXT NOT NULL,
    credit_note_numbers TEXT NOT NULL,
    untaxed TEXT NOT NULL,
    sums_alike BOOLEAN NOT NULL,
    footer TEXT NOT NULL,
    treatment TEXT NOT NULL,
    treatment_reason TEXT NOT NULL,
    days_to_pay BIGINT,
    buyer_reference TEXT NOT NULL
);

CREATE TABLE tax_rate (
    id {id},
    issuer_id BIGINT NOT NULL REFERENCES account (id),
    category TEXT NOT NULL,
    country TEXT NOT NULL,
    debtor_id BIGINT REFERENCES account (id),
    percent_micros BIGINT NOT NULL,
    reason TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    valid_from TEXT NOT NULL
);
CREATE UNIQUE INDEX tax_rate_once
ON tax_rate (issuer_id, category, country, COALESCE(debtor_id, 0), valid_from);
CREATE INDEX tax_rate_debtor ON tax_rate (debtor_id);

CREATE TABLE invoice (
    id {id},
    issuer_id BIGINT NOT NULL REFERENCES account (id),
    debtor_id BIGINT NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    number TEXT,
    currency TEXT NOT NULL,
    issued_on TEXT,
    due_on TEXT,
    period_start TEXT,
    period_end TEXT,
    issuer TEXT NOT NULL,
    debtor TEXT NOT NULL,
    bank TEXT,
    brand TEXT NOT NULL,
    reference TEXT NOT NULL,
    buyer_reference TEXT NOT NULL,
    refers_to TEXT NOT NULL,
    notes TEXT NOT NULL,
    credited_id BIGINT REFERENCES invoice (id),
    net_micros BIGINT NOT NULL,
    tax_micros BIGINT NOT NULL,
    gross_micros BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    final_at BIGINT,
    final_by TEXT,
    void_at BIGINT,
    void_by TEXT,
    void_reason TEXT,
    CHECK (status IN ('draft', 'final', 'void')),
    CHECK ((status = 'draft') = (number IS NULL)),
    CHECK ((status = 'draft') = (issued_on IS NULL)),
    CHECK ((status = 'void') = (void_at IS NOT NULL)),
    CHECK (net_micros + tax_micros = gross_micros)
);
CREATE UNIQUE INDEX invoice_number ON invoice (issuer_id, number);
CREATE UNIQUE INDEX invoice_draft ON invoice (issuer_id, debtor_id, currency, period_end)
WHERE status = 'draft' AND credited_id IS NULL;
CREATE INDEX invoice_debtor ON invoice (debtor_id, issued_on);
CREATE INDEX invoice_credited ON invoice (credited_id);

CREATE TABLE invoice_line (
    id {id},
    invoice_id BIGINT NOT NULL REFERENCES invoice (id),
    position BIGINT NOT NULL,
    text TEXT NOT NULL,
    detail TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_start TEXT,
    period_end TEXT,
    quantity_micros BIGINT NOT NULL,
    unit_price_micros BIGINT NOT NULL,
    amount_micros BIGINT NOT NULL,
    category TEXT NOT NULL,
    code TEXT NOT NULL,
    percent_micros BIGINT NOT NULL,
    reason TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    credits BIGINT,
    UNIQUE (invoice_id, position)
);

CREATE TABLE invoice_tax (
    id {id},
    invoice_id BIGINT NOT NULL REFERENCES invoice (id),
    position BIGINT NOT NULL,
    category TEXT NOT NULL,
    code TEXT NOT NULL,
    percent_micros BIGINT NOT NULL,
    reason TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    base_micros BIGINT NOT NULL,
    tax_micros BIGINT NOT NULL,
    UNIQUE (invoice_id, position)
);

CREATE TABLE invoice_charge (
    id {id},
    charge_key TEXT NOT NULL REFERENCES charge (key),
    invoice_id BIGINT NOT NULL REFERENCES invoice (id),
    position BIGINT NOT NULL,
    void BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX invoice_charge_once ON invoice_charge (charge_key) WHERE NOT void;
CREATE INDEX invoice_charge_invoice ON invoice_charge (invoice_id);
CREATE INDEX charge_issuer ON charge (issuer_id, due_at);

CREATE TABLE invoice_counter (
    id {id},
    issuer_id BIGINT NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    last_on TEXT NOT NULL,
    UNIQUE (issuer_id, kind, year)
);

CREATE TABLE invoice_document (
    id {id},
    invoice_id BIGINT NOT NULL REFERENCES invoice (id),
    form TEXT NOT NULL,
    digest TEXT NOT NULL,
    content {bytes} NOT NULL,
    made_at BIGINT NOT NULL,
    UNIQUE (invoice_id, form)
);

CREATE TABLE invoice_mail (
    id {id},
    invoice_id BIGINT NOT NULL REFERENCES invoice (id),
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    queued_by TEXT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX invoice_mail_due ON invoice_mail (state, next_at);
CREATE INDEX invoice_mail_invoice ON invoice_mail (invoice_id)
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
    make_append_only(database, "invoice_document")
