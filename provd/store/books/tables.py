"""The tables of the books, as queries name them; see provd/store/tables.py."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BooleanField, Model, TextField

from provd.store.books.invoice_tables import INVOICE_TABLES
from provd.store.books.request_tables import REQUEST_TABLES
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
    role = TextField()
    subject = TextField()
    repeatable = BooleanField()
    trial_days = BigIntegerField()
    wholesale_trial = BooleanField()
    minimum_months = BigIntegerField()
    termination_percent = BigIntegerField()
    return_days = BigIntegerField(null=True)
    sharing = TextField()
    sold_from = TextField(null=True)
    sold_until = TextField(null=True)


class PlanShare(Model):
    id = AutoField()
    plan_id = BigIntegerField()
    account_id = BigIntegerField()

    class Meta:
        table_name = "plan_share"


class Fee(Model):
    id = AutoField()
    plan_id = BigIntegerField()
    kind = TextField()
    name = TextField()
    recurring = BooleanField()
    tax_category = TextField()
    runs_suspended = BooleanField()
    cycle = TextField(null=True)
    interval = TextField(null=True)
    timing = TextField(null=True)
    prorate_first = BooleanField(null=True)
    prorate_last = BooleanField(null=True)


class Price(Model):
    id = AutoField()
    fee_id = BigIntegerField()
    side = TextField()
    seller_id = BigIntegerField()
    valid_from = TextField()
    amount_micros = BigIntegerField()
    currency = TextField()
    known_at = InstantField()


class Slot(Model):
    id = AutoField()
    site_id = BigIntegerField()
    name = TextField()
    device_id = BigIntegerField(null=True)
    item = TextField()
    model = TextField()
    serial = TextField()


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
    slot_id = BigIntegerField(null=True)
    device_id = BigIntegerField(null=True)
    provider_id = BigIntegerField()
    reseller_id = BigIntegerField()
    customer_id = BigIntegerField()
    provider_zone = TextField()
    reseller_zone = TextField()
    setup = TextField()
    term_from = TextField(null=True)
    started_at = InstantField(null=True)
    ended_at = InstantField(null=True)
    wholesale_until = InstantField(null=True)
    retail_until = InstantField(null=True)
    next_due = InstantField(null=True)


class SubscriptionChange(Model):
    id = AutoField()
    subscription_id = BigIntegerField()
    kind = TextField()
    effective_at = InstantField(null=True)
    known_at = InstantField()
    event_id = TextField()
    cause = JsonField()
    device_id = BigIntegerField(null=True)

    class Meta:
        table_name = "subscription_change"


class Charge(Model):
    id = AutoField()
    key = TextField()
    subscription_id = BigIntegerField(null=True)
    slot_id = BigIntegerField(null=True)
    device_id = BigIntegerField(null=True)
    side = TextField()
    fee_id = BigIntegerField(null=True)
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
    tax_category = TextField()


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


class Settlement(Model):
    id = AutoField()
    transaction_id = TextField()
    kind = TextField()
    issuer_id = BigIntegerField()
    debtor_id = BigIntegerField()
    key = TextField()
    amount_micros = BigIntegerField()
    currency = TextField()
    method = TextField()
    reference = TextField()
    received_on = TextField()
    recorded_at = InstantField()
    actor = TextField()
    note = TextField()
    reverses = TextField(null=True)


class ChargeCredit(Model):
    charge_key = TextField(primary_key=True)
    credits = TextField()

    class Meta:
        table_name = "charge_credit"


TABLES: tuple[type[Model], ...] = (
    Plan,
    PlanShare,
    Fee,
    Price,
    Slot,
    SlotSpan,
    Subscription,
    SubscriptionChange,
    Charge,
    LedgerTransaction,
    LedgerEntry,
    *INVOICE_TABLES,
    Settlement,
    ChargeCredit,
    *REQUEST_TABLES,
)
