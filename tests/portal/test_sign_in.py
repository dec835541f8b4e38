"""Signing in and out, and when a session ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from provd.crypto.passwords import check_password
from provd.devices.account import User
from tests.portal.house import PASSWORD, House
from tests.portal.visitor import BASE, Visitor, text_of

Visit = Callable[[str], Visitor]


def test_the_right_password_leads_where_one_wanted_to_go(app: Flask) -> None:
    visitor = Visitor.of(app)
    sent = visitor.get("/devices?state=staged")
    assert sent.location == "/sign-in?next=/devices?state%3Dstaged"
    assert visitor.sign_in("alice", wanted="/devices?state=staged").location == (
        "/devices?state=staged"
    )


def test_next_never_leads_to_another_host(app: Flask) -> None:
    answer = Visitor.of(app).sign_in("alice", wanted="//evil.example/")
    assert answer.location == "/"


def test_wrong_password_and_unknown_name_read_the_same(app: Flask) -> None:
    wrong = Visitor.of(app).sign_in("alice", "not her password")
    unknown = Visitor.of(app).sign_in("nobody", "not her password")
    assert wrong.status_code == unknown.status_code == 200
    assert text_of(wrong, "//*[@role='alert']") == text_of(unknown, "//*[@role='alert']") != ""


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_a_known_and_an_unknown_name_cost_one_hash_each(
    name: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[str] = []

    def counted(password: str, encoded: str) -> bool:
        costs.append(encoded.rpartition("$")[0].rpartition("$")[0])
        return check_password(password, encoded)

    monkeypatch.setattr("provd.operations.sign_in.check_password", counted)
    Visitor.of(app).sign_in(name, "not the password")
    assert costs == ["$argon2id$v=19$m=8,t=1,p=1"]


def test_the_name_is_kept_and_the_password_is_not(app: Flask) -> None:
    answer = Visitor.of(app).sign_in("alice", "not her password")
    assert 'value="alice"' in answer.text
    assert "not her password" not in answer.text


def test_five_wrong_passwords_close_the_door_for_a_while(app: Flask, house: House) -> None:
    visitor = Visitor.of(app)
    for _ in range(5):
        assert visitor.sign_in("alice", "wrong").status_code == 200
    refused = visitor.sign_in("alice")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 600
    house.clock.advance(timedelta(minutes=16))
    assert visitor.sign_in("alice").status_code == 302


def test_unknown_names_are_throttled_alike(app: Flask) -> None:
    visitor = Visitor.of(app)
    answers = [visitor.sign_in("nobody", "wrong").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_a_name_can_not_be_locked_out_from_elsewhere(app: Flask) -> None:
    attacker = Visitor.of(app, address="198.51.100.99")
    for _ in range(8):
        attacker.sign_in("alice", "wrong")
    assert Visitor.of(app, address="203.0.113.5").sign_in("alice").status_code == 302


def test_an_ipv6_customer_counts_as_one_address(app: Flask) -> None:
    for number in range(5):
        Visitor.of(app, address=f"2001:db8:1:2::{number}").sign_in("alice", "wrong")
    assert Visitor.of(app, address="2001:db8:1:2:ffff::1").sign_in("alice").status_code == 429


def test_signing_in_throws_away_the_session_that_was_there(app: Flask) -> None:
    visitor = Visitor.of(app)
    visitor.get("/sign-in")
    before = visitor.client.get_cookie("__Host-provd", domain="portal.example.net")
    visitor.sign_in("alice")
    after = visitor.client.get_cookie("__Host-provd", domain="portal.example.net")
    assert before is not None
    assert after is not None
    assert after.value != before.value
    with visitor.client.session_transaction(base_url=BASE) as session:
        assert "csrf_token" not in session, "the planted token must not survive"


def test_a_copied_cookie_is_worth_nothing_after_sign_out(app: Flask) -> None:
    visitor = Visitor.of(app, "alice")
    stolen = visitor.client.get_cookie("__Host-provd", domain="portal.example.net")
    assert stolen is not None
    assert visitor.post("/sign-out").location == "/sign-in"
    thief = Visitor.of(app)
    thief.client.set_cookie("__Host-provd", stolen.value, domain="portal.example.net", secure=True)
    assert thief.get("/devices").status_code == 302


def test_a_session_ends_when_nothing_is_done(visit: Visit, house: House) -> None:
    alice = visit("alice")
    house.clock.advance(timedelta(minutes=59))
    assert alice.get("/devices").status_code == 200
    house.clock.advance(timedelta(minutes=59))
    assert alice.get("/devices").status_code == 200
    house.clock.advance(timedelta(minutes=60))
    assert alice.get("/devices").status_code == 302


def test_polling_does_not_keep_a_session_alive(visit: Visit, house: House) -> None:
    from tests.portal.test_secrecy import house_order

    frieda = visit("frieda")
    for _ in range(4):
        house.clock.advance(timedelta(minutes=20))
        frieda.get(f"/orders/bench/devices?order={house_order()}")
    assert frieda.get("/orders").status_code == 302


def test_a_session_ends_after_its_longest_life(visit: Visit, house: House) -> None:
    alice = visit("alice")
    for _ in range(23):
        house.clock.advance(timedelta(minutes=30))
        assert alice.get("/devices").status_code == 200
    house.clock.advance(timedelta(minutes=30))
    assert alice.get("/devices").status_code == 302


def test_a_new_epoch_ends_all_sessions(visit: Visit, house: House) -> None:
    alice = visit("alice")
    house.operations.setup.reset_password("alice")
    assert alice.get("/devices").status_code == 302


def test_a_user_switched_off_is_out_at_once(visit: Visit, house: House) -> None:
    alice = visit("alice")
    user = house.store.users.by_name("alice")
    assert user is not None
    house.store.users.set_active(user[0].id, False)
    assert alice.get("/devices").status_code == 302
    assert alice.sign_in("alice").status_code == 200


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(
    app: Flask, visit: Visit
) -> None:
    here, elsewhere = visit("alice"), visit("alice")
    new = "four unrelated words"
    answer = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 302
    assert here.get("/devices").status_code == 200
    assert elsewhere.get("/devices").status_code == 302
    assert Visitor.of(app).sign_in("alice", new).status_code == 302


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"old": "wrong", "new": "x" * 20, "again": "x" * 20}, "old", "present password"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "new", "12 characters"),
        ({"old": PASSWORD, "new": "x" * 20, "again": "y" * 20}, "again", "differs"),
    ],
)
def test_a_password_form_says_what_is_wrong_beside_the_field(
    visit: Visit, form: dict[str, str], field: str, words: str
) -> None:
    answer = visit("alice").post("/account/password", form)
    assert words in text_of(answer, f"//*[@id='{field}-error']")


def test_guessing_the_old_password_is_throttled(visit: Visit) -> None:
    alice = visit("alice")
    form = {"old": "wrong", "new": "x" * 20, "again": "x" * 20}
    for _ in range(5):
        alice.post("/account/password", form)
    answer = alice.post("/account/password", {**form, "old": PASSWORD})
    assert "Too many" in text_of(answer, "//*[@id='old-error']")


def test_the_page_bears_the_brand_of_the_host_name(app: Flask) -> None:
    client = app.test_client()
    own = client.get("/sign-in", base_url="https://voice.example.org")
    other = client.get("/sign-in", base_url="https://whatever.example")
    assert "Northwind Voice" in own.text
    assert "Northwind Voice" not in other.text
    assert "Example Telecom" in other.text


def test_a_customer_sees_the_resellers_brand(visit: Visit) -> None:
    assert "Northwind Voice" in text_of(visit("carla").get("/"), "//header")


def test_a_cookie_of_rubbish_is_nobody(app: Flask) -> None:
    visitor = Visitor.of(app)
    visitor.client.set_cookie("__Host-provd", "x.y.z", domain="portal.example.net", secure=True)
    assert visitor.get("/devices").status_code == 302


def test_signed_in_users_are_the_operations_users(house: House) -> None:
    found = house.operations.sign_in.check("alice", PASSWORD)
    assert isinstance(found, User)
