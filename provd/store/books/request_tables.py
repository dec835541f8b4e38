"""The tables of payment requests, as queries name them; see provd/store/tables.py."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, Model, TextField

from provd.store.fields import InstantField, JsonField


class PaymentRequest(Model):
    id = AutoField()
    key = TextField()
    purpose = TextField()
    issuer_id = BigIntegerField()
    debtor_id = BigIntegerField()
    plan_id = BigIntegerField(null=True)
    subscription_id = BigIntegerField(null=True)
    what = JsonField()
    periods = BigIntegerField()
    currency = TextField()
    gross_micros = BigIntegerField()
    paper = JsonField()
    issued_on = TextField()
    pay_by = TextField()
    requested_at = InstantField()
    requested_by = TextField()
    reason = TextField()

    class Meta:
        table_name = "payment_request"


class PaymentRequestEvent(Model):
    id = AutoField()
    request_id = BigIntegerField()
    fact = TextField()
    at = InstantField()
    actor = TextField()
    reason = TextField()
    transaction_id = TextField(null=True)
    amount_micros = BigIntegerField(null=True)
    subscription_id = BigIntegerField(null=True)

    class Meta:
        table_name = "payment_request_event"


REQUEST_TABLES: tuple[type[Model], ...] = (PaymentRequest, PaymentRequestEvent)
