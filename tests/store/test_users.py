"""Who may sign in."""

from __future__ import annotations

import pytest

from provd.devices.account import Role, Scope
from provd.errors import ConflictError, NotFoundError
from provd.store import Store
from tests.store.people import People


def test_a_user_is_found_by_name_without_regard_to_case(store: Store, people: People) -> None:
    assert store.users.by_name("bOB") == (people.bob, "hash of Bob")
    assert store.users.by_name("nobody") is None


def test_two_users_cannot_share_a_name(store: Store, people: People) -> None:
    with pytest.raises(ConflictError, match="taken"):
        store.users.create(
            account_id=people.charlie.id, name="BOB", role=Role.RESELLER, password_hash="x"
        )
    assert len(store.users.in_scope(Scope(people.provider.id))) == 1


def test_the_case_of_umlauts_counts_as_little_as_that_of_other_letters(
    store: Store, people: People
) -> None:
    user = store.users.create(
        account_id=people.alice.id, name="Jürgen", role=Role.CUSTOMER, password_hash="x"
    )
    assert store.users.by_name("JÜRGEN") == (user, "x")


def test_a_new_password_ends_the_sessions(store: Store, people: People) -> None:
    store.users.set_password(people.bob.id, "another hash")
    user, stored = store.users.by_name("Bob") or (people.bob, "")
    assert stored == "another hash"
    assert user.session_epoch == people.bob.session_epoch + 1


def test_the_same_password_hashed_anew_ends_no_session(store: Store, people: People) -> None:
    store.users.renew_hash(people.bob.id, "stronger hash")
    assert store.users.by_name("Bob") == (people.bob, "stronger hash")


def test_a_user_who_is_switched_off_and_on_must_sign_in_again(store: Store, people: People) -> None:
    store.users.set_active(people.bob.id, False)
    assert not store.users.get(people.bob.id).active
    store.users.set_active(people.bob.id, True)
    bob = store.users.get(people.bob.id)
    assert bob.active
    assert bob.session_epoch == 2


def test_charlie_does_not_see_bob(store: Store, people: People) -> None:
    assert store.users.in_scope(Scope(people.alice.id)) == [people.bob]
    assert store.users.in_scope(Scope(people.charlie.id)) == []


def test_a_user_that_does_not_exist_cannot_be_changed(store: Store, people: People) -> None:
    with pytest.raises(NotFoundError):
        store.users.get(999)
    with pytest.raises(NotFoundError):
        store.users.set_password(999, "x")
