"""The tables of invoices, as queries name them; see provd/store/tables.py."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BlobField, BooleanField, Model, TextField

from provd.store.fields import InstantField, JsonField


class BillingProfile(Model):
    account_id = BigIntegerField(primary_key=True)
    party = JsonField()
    bank = JsonField(null=True)
    days = BigIntegerField()
    invoice_numbers = TextField()
    credit_note_numbers = TextField()
    untaxed = TextField()
    sums_alike = BooleanField()
    footer = TextField()
    treatment = TextField()
    treatment_reason = TextField()
    days_to_pay = BigIntegerField(null=True)
    buyer_reference = TextField()
    language = TextField()

    class Meta:
        table_name = "billing_profile"


class BillingLogo(Model):
    account_id = BigIntegerField(primary_key=True)
    content = BlobField()

    class Meta:
        table_name = "billing_logo"


class TaxRate(Model):
    id = AutoField()
    issuer_id = BigIntegerField()
    category = TextField()
    country = TextField()
    debtor_id = BigIntegerField(null=True)
    percent_micros = BigIntegerField()
    reason = TextField()
    reason_code = TextField()
    valid_from = TextField()

    class Meta:
        table_name = "tax_rate"


class Invoice(Model):
    id = AutoField()
    issuer_id = BigIntegerField()
    debtor_id = BigIntegerField()
    kind = TextField()
    status = TextField()
    number = TextField(null=True)
    currency = TextField()
    issued_on = TextField(null=True)
    due_on = TextField(null=True)
    period_start = TextField(null=True)
    period_end = TextField(null=True)
    issuer = JsonField()
    debtor = JsonField()
    bank = JsonField(null=True)
    brand = JsonField()
    reference = TextField()
    buyer_reference = TextField()
    refers_to = JsonField()
    notes = JsonField()
    credited_id = BigIntegerField(null=True)
    net_micros = BigIntegerField()
    tax_micros = BigIntegerField()
    gross_micros = BigIntegerField()
    created_at = InstantField()
    created_by = TextField()
    final_at = InstantField(null=True)
    final_by = TextField(null=True)
    void_at = InstantField(null=True)
    void_by = TextField(null=True)
    void_reason = TextField(null=True)


class InvoiceLine(Model):
    id = AutoField()
    invoice_id = BigIntegerField()
    position = BigIntegerField()
    text = TextField()
    detail = TextField()
    kind = TextField()
    period_start = TextField(null=True)
    period_end = TextField(null=True)
    quantity_micros = BigIntegerField()
    unit_price_micros = BigIntegerField()
    amount_micros = BigIntegerField()
    category = TextField()
    code = TextField()
    percent_micros = BigIntegerField()
    reason = TextField()
    reason_code = TextField()
    credits = BigIntegerField(null=True)

    class Meta:
        table_name = "invoice_line"


class InvoiceTax(Model):
    id = AutoField()
    invoice_id = BigIntegerField()
    position = BigIntegerField()
    category = TextField()
    code = TextField()
    percent_micros = BigIntegerField()
    reason = TextField()
    reason_code = TextField()
    base_micros = BigIntegerField()
    tax_micros = BigIntegerField()

    class Meta:
        table_name = "invoice_tax"


class InvoiceCharge(Model):
    id = AutoField()
    charge_key = TextField()
    invoice_id = BigIntegerField()
    position = BigIntegerField()
    void = BooleanField()

    class Meta:
        table_name = "invoice_charge"


class InvoiceCounter(Model):
    id = AutoField()
    issuer_id = BigIntegerField()
    kind = TextField()
    year = BigIntegerField()
    last = BigIntegerField()
    last_on = TextField()

    class Meta:
        table_name = "invoice_counter"


class InvoiceDocument(Model):
    id = AutoField()
    invoice_id = BigIntegerField()
    form = TextField()
    digest = TextField()
    content = BlobField()
    made_at = InstantField()

    class Meta:
        table_name = "invoice_document"


class QueuedMail(Model):
    id = AutoField()
    invoice_id = BigIntegerField(null=True)
    request_id = BigIntegerField(null=True)
    recipient = TextField()
    message_id = TextField()
    state = TextField()
    attempts = BigIntegerField()
    next_at = InstantField()
    error = TextField()
    queued_at = InstantField()
    queued_by = TextField()
    sent_at = InstantField(null=True)

    class Meta:
        table_name = "mail"


INVOICE_TABLES: tuple[type[Model], ...] = (
    BillingProfile,
    BillingLogo,
    TaxRate,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    InvoiceCharge,
    InvoiceCounter,
    InvoiceDocument,
    QueuedMail,
)
