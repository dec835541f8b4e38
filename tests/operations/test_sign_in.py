"""Who may sign in, and under whose brand."""

import json

import pytest

from provd.demonstration import passwords_of
from provd.devices.account import Brand, User
from provd.errors import InputError
from tests.conftest import House


def signed_in(house: House, name: str = "reseller") -> User:
    user = house.parts.operations.sign_in.check(name, passwords_of(house.data)[name])
    assert user is not None
    return user


def test_name_and_password_give_the_user(house: House) -> None:
    assert signed_in(house).account_id == house.reseller.account_id


def test_the_name_may_be_written_in_any_case(house: House) -> None:
    password = passwords_of(house.data)["reseller"]
    assert house.parts.operations.sign_in.check(" Reseller ", password) == signed_in(house)


@pytest.mark.parametrize("name", ["reseller", "nobody", ""])
def test_a_wrong_password_and_an_unknown_name_give_nobody(house: House, name: str) -> None:
    assert house.parts.operations.sign_in.check(name, "wrong") is None
    assert house.parts.operations.sign_in.check(name, "nobody has this password") is None


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in, checked = house.parts.operations.sign_in, list[list[str]]()

    def check(_: str, stored: str) -> bool:
        checked.append(stored.split("$")[:4])
        return False

    monkeypatch.setattr("provd.operations.sign_in.check_password", check)
    for name in ("reseller", "nobody"):
        sign_in.check(name, "wrong")
    known, unknown = checked
    assert known == unknown  # algorithm, version and parameters


def test_an_inactive_user_is_nobody(house: House) -> None:
    user = signed_in(house)
    house.parts.store.users.set_active(user.id, False)
    sign_in = house.parts.operations.sign_in
    assert sign_in.check("reseller", passwords_of(house.data)["reseller"]) is None
    assert sign_in.user(user.id) is None


def test_a_session_finds_its_user(house: House) -> None:
    user = signed_in(house)
    assert house.parts.operations.sign_in.user(user.id) == user
    assert house.parts.operations.sign_in.user(999) is None


def test_a_changed_password_ends_all_sessions(house: House) -> None:
    user, old = signed_in(house), passwords_of(house.data)["reseller"]
    sign_in = house.parts.operations.sign_in
    sign_in.change_password(house.reseller, old, "correct horse battery staple")
    changed = sign_in.user(user.id)
    assert changed is not None
    assert changed.session_epoch == user.session_epoch + 1
    assert sign_in.check("reseller", old) is None
    assert sign_in.check("reseller", "correct horse battery staple") == changed


def test_a_password_is_changed_only_by_who_knows_it(house: House) -> None:
    with pytest.raises(InputError) as refused:
        house.parts.operations.sign_in.change_password(house.reseller, "wrong", "x" * 12)
    assert refused.value.key == "old"


def test_a_short_password_is_refused(house: House) -> None:
    old = passwords_of(house.data)["reseller"]
    with pytest.raises(InputError, match="fewer than 12") as refused:
        house.parts.operations.sign_in.change_password(house.reseller, old, "x" * 11)
    assert refused.value.key == "new"
    assert signed_in(house).session_epoch == 0


def test_a_reseller_has_its_brand_under_its_own_host(house: House) -> None:
    brand = Brand("Bluebird", "#0b6e8f", "phones.bluebird.example")
    house.parts.store.accounts.update_brand(house.reseller.account_id, brand)
    sign_in = house.parts.operations.sign_in
    for host in ("phones.bluebird.example", "PHONES.bluebird.example:5063"):
        assert sign_in.brand_for_host(host) == brand


@pytest.mark.parametrize("host", ["", "other.example", "[::1]:5063", "127.0.0.1"])
def test_any_other_host_shows_the_providers_brand(house: House, host: str) -> None:
    assert house.parts.operations.sign_in.brand_for_host(host).title == "Meridian Carrier"


def test_users_see_the_nearest_brand_upwards(house: House) -> None:
    sign_in = house.parts.operations.sign_in
    assert sign_in.brand_of(house.customer.account_id).title == "Bluebird Telephony"
    assert sign_in.brand_of(house.admin.account_id).title == "Meridian Carrier"


def test_the_demonstrations_passwords_are_the_owners_to_read(house: House) -> None:
    file = house.data / "demonstration-users.json"
    assert file.stat().st_mode & 0o077 == 0
    assert set(json.loads(file.read_text())) == {"admin", "warehouse", "reseller", "customer"}
