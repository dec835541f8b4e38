"""Accounts, sites, devices, their life cycle and the boot journal."""

from __future__ import annotations

import peewee

from provd.store.migrations.dialect import make_append_only, run

_TABLES = """
CREATE TABLE account (
    id {id},
    uuid TEXT NOT NULL UNIQUE,
    parent_id BIGINT REFERENCES account (id),
    path {path} NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    brand_title TEXT,
    brand_colour TEXT,
    brand_host TEXT,
    settings TEXT NOT NULL,
    parked_at BIGINT,
    parked_reason TEXT
);
CREATE UNIQUE INDEX account_path ON account (path);
CREATE INDEX account_parent ON account (parent_id);
CREATE UNIQUE INDEX account_brand_host ON account (brand_host) WHERE brand_host <> '';

CREATE TABLE portal_user (
    id {id},
    account_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    session_epoch BIGINT NOT NULL,
    active BOOLEAN NOT NULL
);
CREATE INDEX portal_user_account ON portal_user (account_id);

CREATE TABLE site (
    id {id},
    uuid TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    networks TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    settings TEXT NOT NULL
);
CREATE INDEX site_account ON site (account_id);

CREATE TABLE shipment_order (
    id {id},
    site_id BIGINT NOT NULL REFERENCES site (id),
    seller_id BIGINT NOT NULL REFERENCES account (id),
    reference TEXT NOT NULL,
    reference_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    shipped_at BIGINT,
    UNIQUE (seller_id, reference_key)
);
CREATE INDEX shipment_order_reference ON shipment_order (reference_key);
CREATE INDEX shipment_order_site ON shipment_order (site_id);
CREATE INDEX shipment_order_open ON shipment_order (id) WHERE shipped_at IS NULL;

CREATE TABLE device (
    id {id},
    uuid TEXT NOT NULL UNIQUE,
    mac TEXT NOT NULL UNIQUE,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,
    site_id BIGINT NOT NULL REFERENCES site (id),
    order_id BIGINT REFERENCES shipment_order (id),
    state TEXT NOT NULL,
    profile TEXT NOT NULL,
    label TEXT NOT NULL,
    settings TEXT NOT NULL,
    keys TEXT NOT NULL,
    revision BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    token {bytes} NOT NULL,
    token_digest TEXT NOT NULL UNIQUE,
    open_until BIGINT,
    first_address TEXT NOT NULL
);
CREATE INDEX device_site ON device (site_id);
CREATE INDEX device_order ON device (order_id);
CREATE INDEX device_state ON device (state);

CREATE TABLE line (
    id {id},
    uuid TEXT NOT NULL UNIQUE,
    device_id BIGINT NOT NULL REFERENCES device (id),
    number BIGINT NOT NULL CHECK (number >= 1),
    "user" TEXT NOT NULL,
    auth_user TEXT NOT NULL,
    password {bytes} NOT NULL,
    display_name TEXT NOT NULL,
    label TEXT NOT NULL,
    registrar TEXT NOT NULL,
    voicemail TEXT NOT NULL,
    UNIQUE (device_id, number)
);

CREATE TABLE lifecycle_event (
    id TEXT PRIMARY KEY,
    device_id BIGINT NOT NULL REFERENCES device (id),
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    file TEXT,
    transport TEXT,
    bytes_sent BIGINT,
    address TEXT,
    place TEXT
);
CREATE INDEX lifecycle_event_device ON lifecycle_event (device_id, at);

CREATE TABLE journal_entry (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    mac TEXT,
    device_id BIGINT,
    path TEXT NOT NULL,
    transport TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    bytes_sent BIGINT NOT NULL,
    size BIGINT NOT NULL,
    whole BOOLEAN NOT NULL,
    place TEXT,
    boot_id TEXT NOT NULL,
    file_kind TEXT NOT NULL,
    completes_boot BOOLEAN NOT NULL,
    required_kinds TEXT NOT NULL
);
CREATE INDEX journal_entry_at ON journal_entry (at);
CREATE INDEX journal_entry_mac ON journal_entry (mac, at);
CREATE INDEX journal_entry_boot ON journal_entry (boot_id);
CREATE INDEX journal_entry_booted ON journal_entry (device_id, finished_at)
    WHERE whole AND completes_boot;
CREATE INDEX journal_entry_refused ON journal_entry (device_id, at) WHERE reason <> '';

CREATE TABLE note (
    key TEXT PRIMARY KEY,
    value {bytes} NOT NULL
)
"""


def up(database: peewee.Database) -> None:
    run(database, _TABLES)
    for table in ("lifecycle_event",):
        make_append_only(database, table)
