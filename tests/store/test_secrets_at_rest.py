"""Whoever gets a copy of the database gets no password."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from provd.crypto.sealing import Sealer
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import SealError, SettingError
from provd.store import Store, tables
from provd.store.books import tables as books
from provd.store.fields import to_json
from provd.store.migrating import known_migrations
from tests.store.people import People, line, phone

PASSWORD = "correct-horse-of-the-line"
TOKEN = "battery-staple-of-the-device"
ADMINISTRATOR = "the-phones-own-web-password"
RAW = "a-vendors-own-parameter"
SETTINGS = {
    "web.admin_password": ADMINISTRATOR,
    "language": "visible-language",
    "raw.acme.P2": RAW,
}


@pytest.fixture
def device_id(store: Store, people: People) -> int:
    store.accounts.update_settings(people.alice.id, SETTINGS)
    store.sites.update(people.alice_site.id, settings=SETTINGS)
    lines = [line(1, PASSWORD), line(2, PASSWORD)]
    device = phone(store, people.alice_site, lines=lines, token=Secret(TOKEN), settings=SETTINGS)
    return device.id


def everything(store: Store, url: str) -> bytes:
    """All that is stored, as somebody who steals it would see it."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    rows: list[object] = []
    for table in tables.TABLES + books.TABLES:
        rows += store._database.sql(f"SELECT * FROM {table._meta.table_name}")  # noqa: S608
    return repr(rows).encode()


def test_no_secret_is_in_the_database_in_clear(store: Store, url: str, device_id: int) -> None:
    stored = everything(store, url)
    assert b"visible-language" in stored
    for secret in (PASSWORD, TOKEN, ADMINISTRATOR, RAW):
        assert secret.encode() not in stored
        assert secret.encode().hex().encode() not in stored


def test_secrets_come_back_in_clear_to_provd(store: Store, people: People, device_id: int) -> None:
    placement = store.devices.placement(Mac("001565aabbcc"))
    assert placement is not None
    assert placement.device.lines[0].password.reveal() == PASSWORD
    assert placement.enrolment.token.reveal() == TOKEN
    assert placement.device.settings == SETTINGS
    assert placement.site.settings == SETTINGS
    assert placement.reseller is not None
    assert placement.reseller.settings == SETTINGS


def test_a_secret_moved_to_another_row_does_not_open(store: Store, device_id: int) -> None:
    (copied,) = store._database.sql("SELECT password FROM line WHERE number = 1")
    store._database.sql("UPDATE line SET password = ? WHERE number = 2", copied)
    with pytest.raises(SealError):
        store.devices.get(device_id)


def test_a_secret_setting_moved_to_another_layer_does_not_open(
    store: Store, people: People, device_id: int
) -> None:
    (copied,) = store._database.sql("SELECT settings FROM account WHERE id = ?", (people.alice.id,))
    store._database.sql("UPDATE account SET settings = ? WHERE id = ?", (*copied, 5))
    with pytest.raises(SealError):
        store.accounts.get(5)


def test_raw_parameters_from_before_they_were_sealed_are_read_and_then_sealed(
    store: Store, people: People, url: str
) -> None:
    store.accounts.update_settings(people.alice.id, {"language": "de"})
    before = '{"raw.acme.P2": "' + RAW + '"}'
    store._database.sql("UPDATE account SET settings = ? WHERE id = ?", (before, people.alice.id))
    settings = store.accounts.get(people.alice.id).settings
    assert settings == {"raw.acme.P2": RAW}
    store.accounts.update_settings(people.alice.id, settings)
    (kept,) = store._database.sql("SELECT settings FROM account WHERE id = ?", (people.alice.id,))
    assert RAW not in str(kept)
    assert store.accounts.get(people.alice.id).settings == settings


def test_another_key_opens_nothing(url: str, store: Store, device_id: int) -> None:
    other = Store.open(url, sealer=Sealer(os.urandom(32)))
    try:
        with pytest.raises(SealError):
            other.devices.get(device_id)
        with pytest.raises(SealError, match="another key"):
            other.check()
    finally:
        other.close()


def test_a_value_that_looks_sealed_cannot_be_entered(store: Store, people: People) -> None:
    forged = {"language": {"$sealed": "AAAA"}}
    with pytest.raises(SettingError):
        phone(store, people.alice_site, settings=forged)
    assert store.devices.by_mac(Mac("001565aabbcc")) is None


def test_a_setting_sealed_once_opens_when_it_is_no_secret_any_more(
    url: str, store: Store, sealer: Sealer, device_id: int
) -> None:
    later = Store.open(url, sealer=sealer)
    try:
        assert later.devices.get(device_id).settings == SETTINGS
    finally:
        later.close()


def test_an_sqlite_database_is_its_owners_only(sealer: Sealer, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "provd.db"
    store = Store.open(f"sqlite:///{path}", sealer=sealer)
    store.migrate(tmp_path)
    modes = {part.name: part.stat().st_mode & 0o777 for part in path.parent.iterdir()}
    store.close()
    assert {"provd.db", "provd.db-wal", "provd.db-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_parameters_stored_in_clear_before_are_sealed_by_the_migration(
    url: str, store: Store, people: People, device_id: int, tmp_path: Path
) -> None:
    for table in ("account", "site", "device"):
        for row, stored in store._database.sql(f"SELECT id, settings FROM {table}"):  # noqa: S608
            clear = json.loads(stored)
            clear.update((key, RAW) for key in clear if key.startswith("raw."))
            change = f"UPDATE {table} SET settings = ? WHERE id = ?"  # noqa: S608  names of ours
            store._database.sql(change, (to_json(clear), row))
    assert RAW.encode() in everything(store, url)
    known = known_migrations()
    (step,) = (step for step in known if step.name == "0018_sealed_raw")
    again = replace(step, number=len(known) + 1)
    store._migrations.known = (*known, again)
    store.migrate(tmp_path)
    store.close()  # SQLite's log of changes goes with the last connection
    assert RAW.encode() not in everything(store, url)
    assert store.devices.get(device_id).settings == SETTINGS
    assert store.sites.get(people.alice_site.id).settings == SETTINGS
    assert store.accounts.get(people.alice.id).settings == SETTINGS
