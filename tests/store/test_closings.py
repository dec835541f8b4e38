"""Closed accounts on both databases: one row, its users, and who waits for whom."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from provd.crypto.sealing import Sealer
from provd.devices.account import Role
from provd.devices.lifecycle import State
from provd.errors import InputError
from provd.store import Store
from provd.store.migrating import known_migrations
from tests.store.people import NOW, People, phone


def test_opening_lets_those_in_again_who_could_sign_in_before(store: Store, people: People) -> None:
    gone = store.users.create(
        account_id=people.alice.id, name="Gone", role=Role.RESELLER, password_hash="x"
    )
    store.users.set_active(gone.id, False)
    assert store.closings.close(people.alice.id, NOW, "root")
    assert not store.closings.close(people.alice.id, NOW + timedelta(days=1), "bob")
    account = store.accounts.get(people.alice.id)
    assert (account.closed_at, account.closed_by) == (NOW, "root")
    bob = store.users.get(people.bob.id)
    assert (bob.active, bob.session_epoch) == (False, people.bob.session_epoch + 1)
    assert store.closings.users_able_to_sign_in(people.alice.id) == 0
    assert store.closings.open(people.alice.id)
    assert not store.closings.open(people.alice.id)
    assert store.accounts.get(people.alice.id).closed_at is None
    assert [store.users.get(id_).active for id_ in (people.bob.id, gone.id)] == [True, False]


def test_devices_are_left_until_they_are_returned_or_retired(store: Store, people: People) -> None:
    phone(store, people.charlie_site, "001565aabbdd")
    one = phone(store, people.alice_site)
    left = store.closings.devices_left
    assert left(people.alice_customer.id) == [(one.mac, State.REGISTERED)]
    store.devices.change_state(one.id, State.REGISTERED, State.RETIRED)
    assert left(people.alice_customer.id) == []
    assert store.closings.retired_among({one.id, one.id + 1}) == {one.id}


def test_who_begins_something_waits_for_who_closes_and_is_refused(
    store: Store, people: People
) -> None:
    told: list[str] = []

    def begin() -> None:
        try:
            with store.transaction():
                store.accounts.hold_open([people.alice_customer.id])
        except InputError as error:
            told.append(str(error))

    other = threading.Thread(target=begin)
    with store.transaction():
        store.books.hold_to_post(people.alice_customer.id)
        other.start()
        other.join(0.05)
        store.closings.close(people.alice_customer.id, NOW, "root")
    other.join(30)
    assert told == [
        "account: Alice's bakery was closed on 2026-11-22 by root. Open the account first"
    ]


def test_accounts_and_users_from_before_are_open_and_as_active_as_they_were(
    empty_url: str, sealer: Sealer, tmp_path: Path
) -> None:
    store = Store.open(empty_url, sealer=sealer)
    number = next(one.number for one in known_migrations() if one.name.endswith("_closed"))
    store._migrations.known = known_migrations()[: number - 1]
    store.migrate(tmp_path)
    sql = store._database.sql
    sql(
        "INSERT INTO account (id, uuid, path, kind, name, currency, time_zone, settings) "
        "VALUES (1, 'a', '/1/', 'provider', 'P', 'EUR', 'UTC', '{}')"
    )
    for id_, name, active in ((1, "here", True), (2, "gone", False)):
        sql(
            "INSERT INTO portal_user (id, account_id, name, name_key, role, password_hash, "
            "session_epoch, active) VALUES (?, 1, ?, ?, 'admin', 'x', 0, ?)",
            (id_, name, name, active),
        )
    store._migrations.known = known_migrations()
    store.migrate(tmp_path)
    assert store.accounts.get(1).closed_at is None
    assert not store.closings.open(1)
    assert [store.users.get(id_).active for id_ in (1, 2)] == [True, False]
    store.close()


@pytest.mark.parametrize("ids", [[], [1]])
def test_open_accounts_are_held_without_a_word(
    store: Store, people: People, ids: list[int]
) -> None:
    with store.transaction():
        store.accounts.hold_open(ids)
