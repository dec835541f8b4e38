"""The tables of the books, as queries name them; see provd/store/tables.py."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, Model, TextField

from provd.store.fields import InstantField, JsonField


class Plan(Model):
    id = AutoField()
    owner_id = BigIntegerField()
    name = TextField()
    currency = TextField()
    starts_on = TextField()
    cycle = TextField()
    interval = TextField()
    timing = TextField()
    prorate_first = BooleanField()
    prorate_last = BooleanField()


class Fee(Model):
    id = AutoField()
    plan_id = BigIntegerField()
    kind = TextField()
    name = TextField()
    recurring = BooleanField()


class Price(Model):
    id = AutoField()
    fee_id = BigIntegerField()
    side = TextField()
    seller_id = BigIntegerField()
    valid_from = TextField()
    amount_micros = BigIntegerField()
    currency = TextField()


class Slot(Model):
    id = AutoField()
    site_id = BigIntegerField()
    name = TextField()
    device_id = BigIntegerField(null=True)


class SlotSpan(Model):
    id = AutoField()
    slot_id = BigIntegerField()
    device_id = BigIntegerField()
    since = InstantField()
    until = InstantField(null=True)

    class Meta:
        table_name = "slot_span"


class Subscription(Model):
    id = AutoField()
    plan_id = BigIntegerField()
    slot_id = BigIntegerField()
    provider_id = BigIntegerField()
    reseller_id = BigIntegerField()
    customer_id = BigIntegerField()
    provider_zone = TextField()
    reseller_zone = TextField()
    started_at = InstantField(null=True)
    start_cause = JsonField(null=True)
    ended_at = InstantField(null=True)
    end_known_at = InstantField(null=True)


class Charge(Model):
    id = AutoField()
    key = TextField()
    subscription_id = BigIntegerField()
    slot_id = BigIntegerField()
    device_id = BigIntegerField(null=True)
    side = TextField()
    fee_id = BigIntegerField()
    kind = TextField()
    text = TextField()
    period_start = TextField(null=True)
    period_end = TextField(null=True)
    amount_micros = BigIntegerField()
    currency = TextField()
    issuer_id = BigIntegerField()
    debtor_id = BigIntegerField()
    due_at = InstantField()
    cause = JsonField()
    calculation = TextField()


class LedgerTransaction(Model):
    id = TextField(primary_key=True)
    at = InstantField()
    text = TextField()
    charge_key = TextField(null=True)
    entries = JsonField()

    class Meta:
        table_name = "ledger_transaction"


class LedgerEntry(Model):
    id = AutoField()
    transaction_id = TextField()
    position = BigIntegerField()
    at = InstantField()
    account = TextField()
    amount_micros = BigIntegerField()
    currency = TextField()

    class Meta:
        table_name = "ledger_entry"


TABLES: tuple[type[Model], ...] = (
    Plan,
    Fee,
    Price,
    Slot,
    SlotSpan,
    Subscription,
    Charge,
    LedgerTransaction,
    LedgerEntry,
)
