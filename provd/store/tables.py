"""The tables but those of the books, as queries name them.

What creates them is provd/store/migrations; a test compares.

Amounts are integer micro-units beside their currency, times integer microseconds in UTC. `uuid` is
what a row's secrets are bound to: unlike the id it means the same row nowhere else.
"""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, BlobField, BooleanField, Model, TextField

from provd.store.fields import InstantField, JsonField


class Account(Model):
    id = AutoField()
    uuid = TextField()
    parent_id = BigIntegerField(null=True)
    path = TextField()
    kind = TextField()
    name = TextField()
    currency = TextField()
    time_zone = TextField()
    brand_title = TextField(null=True)
    brand_colour = TextField(null=True)
    brand_host = TextField(null=True)
    settings = JsonField()
    parked_at = InstantField(null=True)
    parked_reason = TextField(null=True)
    phonebook = TextField()
    suspended_at = InstantField(null=True)
    suspended_reason = TextField(null=True)
    balance_mode = TextField()
    credit_limit_micros = BigIntegerField()
    owed_micros = BigIntegerField()
    closed_at = InstantField(null=True)
    closed_by = TextField(null=True)


class Contact(Model):
    id = AutoField()
    account_id = BigIntegerField()
    name = TextField()
    name_key = TextField()
    numbers = JsonField()


class PortalUser(Model):
    id = AutoField()
    account_id = BigIntegerField()
    name = TextField()
    name_key = TextField()
    role = TextField()
    password_hash = TextField()
    session_epoch = BigIntegerField()
    active = BooleanField()
    returns = BooleanField()

    class Meta:
        table_name = "portal_user"


class Site(Model):
    id = AutoField()
    uuid = TextField()
    account_id = BigIntegerField()
    name = TextField()
    networks = JsonField()
    time_zone = TextField()
    settings = JsonField()


class Device(Model):
    id = AutoField()
    uuid = TextField()
    mac = TextField()
    vendor = TextField()
    model = TextField()
    site_id = BigIntegerField()
    order_id = BigIntegerField(null=True)
    state = TextField()
    profile = TextField()
    label = TextField()
    settings = JsonField()
    keys = JsonField()
    revision = BigIntegerField()
    registered_at = InstantField()
    token = BlobField()
    token_digest = TextField()
    open_until = InstantField(null=True)
    first_address = TextField()


class Line(Model):
    id = AutoField()
    uuid = TextField()
    device_id = BigIntegerField()
    number = BigIntegerField()
    user = TextField()
    auth_user = TextField()
    password = BlobField()
    display_name = TextField()
    label = TextField()
    registrar = TextField()
    voicemail = TextField()


class ShipmentOrder(Model):
    id = AutoField()
    site_id = BigIntegerField()
    seller_id = BigIntegerField()
    reference = TextField()
    reference_key = TextField()
    created_at = InstantField()
    shipped_at = InstantField(null=True)

    class Meta:
        table_name = "shipment_order"


class LifecycleEvent(Model):
    id = TextField(primary_key=True)
    device_id = BigIntegerField()
    before = TextField()
    after = TextField()
    at = InstantField()
    actor = TextField()
    file = TextField(null=True)
    transport = TextField(null=True)
    bytes_sent = BigIntegerField(null=True)
    address = TextField(null=True)
    place = TextField(null=True)
    reason = TextField()
    left_site_id = BigIntegerField(null=True)

    class Meta:
        table_name = "lifecycle_event"


class JournalEntry(Model):
    id = TextField(primary_key=True)
    at = InstantField()
    finished_at = InstantField()
    mac = TextField(null=True)
    device_id = BigIntegerField(null=True)
    path = TextField()
    transport = TextField()
    address = TextField()
    agent = TextField()
    status = TextField()
    reason = TextField()
    bytes_sent = BigIntegerField()
    size = BigIntegerField()
    whole = BooleanField()
    place = TextField(null=True)
    boot_id = TextField()
    file_kind = TextField()
    completes_boot = BooleanField()
    required_kinds = JsonField()
    method = TextField()

    class Meta:
        table_name = "journal_entry"


class DiscoveredMac(Model):
    mac = TextField(primary_key=True)
    first_at = InstantField()
    last_at = InstantField()
    times = BigIntegerField()
    address = TextField()
    neighbourhood = TextField()
    transport = TextField()
    agent = TextField()
    path = TextField()
    vendor_class = TextField()
    proven = TextField()

    class Meta:
        table_name = "discovered"


class Upload(Model):
    uuid = TextField(primary_key=True)
    device_id = BigIntegerField()
    kind = TextField()
    name = TextField()
    content = BlobField()
    size = BigIntegerField()
    received_at = InstantField()


class Note(Model):
    """What the installation remembers about itself, by key."""

    key = TextField(primary_key=True)
    value = BlobField()


class SchemaVersion(Model):
    number = BigIntegerField(primary_key=True)
    name = TextField()
    applied_at = InstantField()

    class Meta:
        table_name = "schema_version"


TABLES: tuple[type[Model], ...] = (
    Account,
    Contact,
    PortalUser,
    Site,
    Device,
    Line,
    ShipmentOrder,
    LifecycleEvent,
    JournalEntry,
    DiscoveredMac,
    Upload,
    Note,
    SchemaVersion,
)
