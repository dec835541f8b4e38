"""Settings of a level: typed and checked where they are made, seen by the next phone that asks."""

from __future__ import annotations

import pytest

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError, NotFoundError, SettingError
from provd.operations.phone_settings import CannotTake, Level
from tests.conftest import PHONE, House

SITE = "Harbour Dental Practice/Front desk"
PLACES = [
    (Level.PROVIDER, ""),
    (Level.RESELLER, "bluebird telephony"),
    (Level.CUSTOMER, "Harbour Dental Practice"),
    (Level.SITE, SITE),
    (Level.SITE, "front desk"),
    (Level.DEVICE, PHONE),
]


def told(house: House, key: str) -> object:
    """What the demonstration's phone is told."""
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    return house.parts.files.phone(placement).settings.get(key)


@pytest.mark.parametrize(("level", "where"), PLACES)
def test_what_any_level_sets_reaches_the_phone_and_is_taken_back(
    house: House, level: Level, where: str
) -> None:
    settings, before = house.parts.operations.phone_settings, house.parts.generation.value
    kept = settings.given(house.admin, level, where)
    assert settings.set(house.admin, level, where, "codecs", "opus, g722") == ()
    assert told(house, "codecs") == ("opus", "g722")
    assert house.parts.generation.value > before
    assert "codecs" in [one.key for one in settings.given(house.admin, level, where)]
    settings.unset(house.admin, level, where, "codecs")
    assert settings.given(house.admin, level, where) == kept
    assert told(house, "codecs") != ("opus", "g722")
    with pytest.raises(NotFoundError, match="does not set codecs"):
        settings.unset(house.admin, level, where, "codecs")


def test_a_stronger_level_wins(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.SITE, SITE, "time.format", "12h")
    settings.set(house.admin, Level.PROVIDER, "", "time.format", "24h")
    assert told(house, "time.format") == "12h"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("time.zona", "UTC"),
        ("time.zone", "Mars/Olympus"),
        ("sip.port", "many"),
        ("sip.port", "70000"),
        ("calls.dnd", "maybe"),
        ("codecs", "g722 g722"),
        ("codecs", "  "),
        ("trust.ways", ""),
        ("language", "en\nadmin = 1"),
        ("raw.nobody.P1", "1"),
    ],
)
def test_what_is_no_value_is_refused_and_changes_nothing(house: House, key: str, text: str) -> None:
    settings = house.parts.operations.phone_settings
    before = settings.given(house.admin, Level.PROVIDER, "")
    with pytest.raises(InputError):
        settings.set(house.admin, Level.PROVIDER, "", key, text)
    assert settings.given(house.admin, Level.PROVIDER, "") == before


def test_a_password_is_sealed_and_never_shown(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.PROVIDER, "", "web.admin_password", "admin-secret")
    (row,) = house.parts.store.books._database.sql("SELECT settings FROM account WHERE id = 1")
    assert "admin-secret" not in row[0]
    (given,) = (
        one
        for one in settings.given(house.admin, Level.PROVIDER, "")
        if one.key == "web.admin_password"
    )
    assert "admin-secret" not in repr(given)
    assert told(house, "web.admin_password") == Secret("admin-secret")
    with pytest.raises(SettingError) as refused:
        settings.set(house.admin, Level.PROVIDER, "", "web.admin_password", "admin-secret\n")
    assert "admin-secret" not in str(refused.value)


def test_phones_that_can_not_take_a_value_are_told_with_their_number(house: House) -> None:
    settings = house.parts.operations.phone_settings
    assert settings.set(house.admin, Level.PROVIDER, "", "sip.expires", "900") == ()
    assert settings.set(house.admin, Level.PROVIDER, "", "trust.ways", "token") == ()
    cannot = settings.set(house.admin, Level.PROVIDER, "", "tones.country", "AQ")
    assert CannotTake("Yealink T46U", 1, "no word for AQ at this vendor") in cannot
    assert settings.phones(house.admin, Level.PROVIDER, "") == 4


def test_a_setting_that_no_template_of_a_vendor_uses_is_not_supported(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = house.parts.registry.vendor("yealink")
    monkeypatch.setattr(type(vendor), "unsupported_settings", ("language",))
    cannot = house.parts.operations.phone_settings.set(
        house.admin, Level.DEVICE, PHONE, "language", "de"
    )
    assert cannot == (CannotTake("Yealink T46U", 1, "not supported by this model"),)


def test_what_matters_only_beside_another_setting_can_be_taken(house: House) -> None:
    """There is no backup registrar yet, so no file changes by this."""
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.PROVIDER, "", "provisioning.resync", "false")
    assert settings.set(house.admin, Level.PROVIDER, "", "provisioning.resync_from", "3") == ()


def test_a_raw_parameter_must_be_one_of_its_vendors(house: House) -> None:
    settings = house.parts.operations.phone_settings
    with pytest.raises(SettingError, match="no parameter of this vendor"):
        settings.set(house.admin, Level.PROVIDER, "", "raw.yealink.Wrong", "1")


@pytest.mark.parametrize(("level", "where"), PLACES)
def test_a_strangers_levels_do_not_exist(house: House, level: Level, where: str) -> None:
    settings, stranger = house.parts.operations.phone_settings, house.stranger()
    with pytest.raises(NotFoundError):
        settings.set(stranger, level, where, "language", "de")
    with pytest.raises(NotFoundError):
        settings.given(house.customer, level, where)


def test_a_reseller_sets_its_own_and_not_the_providers(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.reseller, Level.RESELLER, "Bluebird Telephony", "language", "de")
    assert told(house, "language") == "de"
    with pytest.raises(NotFoundError):
        settings.set(house.reseller, Level.PROVIDER, "", "language", "fr")
