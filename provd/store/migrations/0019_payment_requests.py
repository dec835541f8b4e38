"""Payment requests, and what became of them; mails that bring one, beside those with an invoice."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import is_postgresql, make_append_only, run

_REQUESTS = """
CREATE TABLE payment_request (
    id {id},
    key TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    issuer_id BIGINT NOT NULL REFERENCES account (id),
    debtor_id BIGINT NOT NULL REFERENCES account (id),
    plan_id BIGINT REFERENCES plan (id),
    subscription_id BIGINT REFERENCES subscription (id),
    what TEXT NOT NULL,
    periods BIGINT NOT NULL,
    currency TEXT NOT NULL,
    gross_micros BIGINT NOT NULL CHECK (gross_micros > 0),
    paper TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    pay_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    requested_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    CHECK ((purpose = 'start') = (plan_id IS NOT NULL)),
    CHECK ((purpose = 'renewal') = (subscription_id IS NOT NULL))
);
CREATE INDEX payment_request_issuer ON payment_request (issuer_id);
CREATE INDEX payment_request_debtor ON payment_request (debtor_id);
CREATE INDEX payment_request_plan ON payment_request (plan_id);
CREATE INDEX payment_request_subscription ON payment_request (subscription_id);

CREATE TABLE payment_request_event (
    id {id},
    request_id BIGINT NOT NULL REFERENCES payment_request (id),
    fact TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    transaction_id TEXT UNIQUE REFERENCES ledger_transaction (id),
    amount_micros BIGINT,
    subscription_id BIGINT REFERENCES subscription (id),
    CHECK (fact IN ('payment', 'ran', 'withdrawn')),
    CHECK ((fact = 'payment') = (transaction_id IS NOT NULL)),
    CHECK ((fact = 'payment') = (amount_micros IS NOT NULL)),
    CHECK ((fact = 'ran') = (subscription_id IS NOT NULL))
);
CREATE INDEX payment_request_event_request ON payment_request_event (request_id);
CREATE INDEX payment_request_event_subscription ON payment_request_event (subscription_id);
CREATE UNIQUE INDEX payment_request_event_once ON payment_request_event (request_id)
WHERE fact IN ('ran', 'withdrawn');
CREATE INDEX subscription_ended ON subscription (ended_at)
"""

_MAILS = """
CREATE TABLE mail (
    id {id},
    invoice_id BIGINT REFERENCES invoice (id),
    request_id BIGINT REFERENCES payment_request (id),
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    queued_by TEXT NOT NULL,
    sent_at BIGINT,
    CHECK ((invoice_id IS NULL) <> (request_id IS NULL))
);
INSERT INTO mail (id, invoice_id, recipient, message_id, state, attempts, next_at, error,
    queued_at, queued_by, sent_at)
SELECT id, invoice_id, recipient, message_id, state, attempts, next_at, error,
    queued_at, queued_by, sent_at FROM invoice_mail;
DROP TABLE invoice_mail;
CREATE INDEX mail_due ON mail (state, next_at);
CREATE INDEX mail_invoice ON mail (invoice_id);
CREATE INDEX mail_request ON mail (request_id)
"""

_NEXT_ID = "SELECT setval(pg_get_serial_sequence('mail', 'id'), (SELECT MAX(id) FROM mail))"


def up(database: peewee.Database) -> None:
    run(database, _REQUESTS)
    make_append_only(database, "payment_request")
    make_append_only(database, "payment_request_event")
    run(database, _MAILS)
    if is_postgresql(database):
        # SQLite goes on after the largest id by itself.
        run(database, _NEXT_ID)
