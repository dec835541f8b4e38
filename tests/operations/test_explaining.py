"""Why a phone is told what it is told, for those who may see it."""

from __future__ import annotations

import pytest

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError, NotFoundError, SettingError
from provd.operations.explanation import ExplainedValue, Explanation, Reach
from provd.operations.phone_settings import Level
from tests.conftest import PHONE, House

SITE = "Harbour Dental Practice/Front desk"


def explained(house: House, key: str = "", **how: bool) -> Explanation:
    return house.parts.operations.explaining.explain(house.admin, PHONE, key, **how)


def value(found: Explanation, key: str) -> ExplainedValue:
    (one,) = [one for one in found.values if one.key == key]
    return one


def everything(found: Explanation) -> str:
    return repr(found)


def test_each_value_and_each_line_names_its_layer(house: House) -> None:
    found = explained(house)
    zone = value(found, "time.zone")
    assert (zone.value, zone.layer, zone.reach) == (
        "Europe/Berlin", "site Front desk", Reach.FILES
    )  # fmt: skip
    assert value(found, "language").layer == "profiles/default.yaml"
    assert value(found, "trust.ways").reach is Reach.ITSELF
    assert [file.path for file in found.files] == ["y000000000108.cfg", "805ec0000001.cfg"]
    own = found.files[1]
    (line,) = [one for one in own.lines if one.text == "local_time.time_zone = +1"]
    assert [(one.what, one.layer) for one in line.because] == [("time.zone", "site Front desk")]
    (unset,) = [one for one in own.lines if one.text.startswith("dialplan.digitmap.enable")]
    assert [(one.what, one.layer) for one in unset.because] == [("dial_plan.digit_map", "")]


def test_one_key_is_told_with_what_it_overrides_and_its_lines(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.PROVIDER, "", "time.format", "24h")
    settings.set(house.admin, Level.DEVICE, PHONE, "time.format", "12h")
    found = explained(house, "time.format")
    (one,) = found.values
    assert (one.value, one.layer) == ("12h", "device")
    assert [(other.layer, other.value) for other in one.overridden] == [
        ("provider Meridian Carrier", "24h"),
        ("profiles/default.yaml", "24h"),
    ]
    for file in found.files:
        assert [line.text for line in file.lines] == ["local_time.time_format = 0"]


def test_a_key_that_is_set_nowhere_has_no_value_and_still_its_lines(house: House) -> None:
    found = explained(house, "network.vlan.id")
    assert found.values == ()
    assert found.files[0].lines
    with pytest.raises(SettingError, match="Did you mean"):
        explained(house, "time.zona")


def test_what_does_not_reach_the_phone_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.DEVICE, PHONE, "raw.polycom.up.x", "1")
    settings.set(house.admin, Level.DEVICE, PHONE, "provisioning.resync", "false")
    settings.set(house.admin, Level.DEVICE, PHONE, "tones.country", "AQ")
    vendor = house.parts.registry.vendor("yealink")
    unsupported = (*vendor.unsupported_settings, "language")
    monkeypatch.setattr(type(vendor), "unsupported_settings", unsupported)
    found = explained(house)
    reach = {one.key: one.reach for one in found.values}
    assert reach["raw.polycom.up.x"] is Reach.ANOTHER
    assert reach["provisioning.resync_from"] is Reach.IDLE
    assert reach["language"] is Reach.NOWHERE
    assert value(found, "tones.country").remarks == ("no word for AQ at this vendor",)


def test_no_secret_is_shown_unless_an_administrator_asks(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.SITE, SITE, "web.admin_password", "web-secret")
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    secrets = {"web-secret", placement.enrolment.token.reveal()}
    secrets |= {line.password.reveal() for line in placement.device.lines}
    hidden = explained(house)
    assert not [secret for secret in secrets if secret in everything(hidden)]
    assert value(hidden, "web.admin_password").value == str(Secret(""))
    assert any("•••" in line.text for line in hidden.files[1].lines)
    revealed = explained(house, reveal=True)
    assert value(revealed, "web.admin_password").value == "web-secret"
    assert "admin:web-secret" in everything(revealed)
    for actor in (house.reseller, house.customer):
        with pytest.raises(NotFoundError):
            house.parts.operations.explaining.explain(actor, PHONE, reveal=True)


def test_a_file_that_can_not_be_made_says_why_and_the_others_are_explained(house: House) -> None:
    operations, key = house.parts.operations, "raw.yealink.features.x"
    operations.phone_settings.set(house.admin, Level.DEVICE, PHONE, key, "%NULL%")
    common, own = explained(house).files
    assert "means something else to this phone" in own.problem
    assert own.lines == ()
    assert common.lines
    assert value(explained(house), "language").reach is Reach.FILES
    assert value(explained(house), "sip.registrar").reach is Reach.UNKNOWN


def test_who_has_no_patience_is_told_that_there_is_more(house: House) -> None:
    explaining = house.parts.operations.explaining
    hasty = explaining.explain(house.admin, PHONE, patience=0)
    assert not hasty.whole
    assert any(line.text for file in hasty.files for line in file.lines)
    assert explaining.explain(house.admin, PHONE).whole


def test_phones_are_explained_one_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes seconds of the processor on which phones are served."""
    monkeypatch.setattr("provd.operations.explaining.LONGEST_WAIT", 0.01)
    explaining = house.parts.operations.explaining
    being_explained = pytest.raises(InputError, match="other phones are being explained just now")
    with explaining._turns(), being_explained:
        explaining.explain(house.admin, PHONE)
    assert explaining.explain(house.admin, PHONE, "language").values


def test_a_strangers_phone_does_not_exist(house: House) -> None:
    explaining = house.parts.operations.explaining
    assert explaining.explain(house.reseller, PHONE, "language").files
    for actor in (house.stranger(), house.customer, house.warehouse):
        with pytest.raises(NotFoundError):
            explaining.explain(actor, PHONE, "language")
        with pytest.raises(NotFoundError):
            explaining.rendered(actor, PHONE)
    with pytest.raises(NotFoundError):
        explaining.explain(house.admin, "nonsense")


def test_the_files_of_the_boot_are_those_that_would_be_served(house: House) -> None:
    parts = house.parts
    placement = parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    for path, content in parts.operations.explaining.rendered(house.reseller, PHONE):
        match = parts.registry.fitting(parts.registry.candidates(path), "yealink", "T46U")
        assert match is not None
        assert parts.files.file(match, placement).content == content


def test_encrypted_files_are_explained_in_the_clear_and_rendered_as_they_are_served(
    house: House,
) -> None:
    settings = house.parts.operations.phone_settings
    key = "0123456789abcdef"
    settings.set(house.admin, Level.DEVICE, PHONE, "provisioning.file_key", key)
    found = explained(house, "language")
    assert any(line.text == "lang.gui = English" for line in found.files[1].lines)
    (one,) = explained(house, "provisioning.file_key").values
    assert one.reach is Reach.FILES
    served = dict(house.parts.operations.explaining.rendered(house.admin, PHONE))
    assert b"account" not in served["805ec0000001.cfg"]


def test_a_number_that_the_model_can_not_take_is_told_with_the_one_it_gets(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.DEVICE, PHONE, "dial_plan.timeout", "20")
    said = "20 is more than this model's 14; 14 is used"
    assert value(explained(house), "dial_plan.timeout").remarks == (said,)
    assert value(explained(house, key="dial_plan.timeout"), "dial_plan.timeout").remarks == (said,)
    told = house.parts.operations.explaining.remarks(house.reseller, PHONE)
    assert ("dial_plan.timeout", said) in told
    (cannot,) = settings.set(house.admin, Level.DEVICE, PHONE, "dial_plan.timeout", "25")
    assert cannot.why == "25 is more than this model's 14; 14 is used"


def test_firmware_that_the_shelf_has_not_is_told_for_what_it_is(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.DEVICE, PHONE, "firmware.version", "9.9")
    found = value(explained(house), "firmware.version")
    assert found.reach is Reach.FILES
    assert found.remarks == ("the phone is told of no firmware: 9.9 is not on the shelf for T46U",)


@pytest.mark.parametrize("key", ["raw.yealink.voice.password", "raw.grandstream.P2"])
def test_a_vendors_own_password_is_shown_nowhere(house: House, key: str) -> None:
    operations, site = house.parts.operations, SITE
    operations.phone_settings.set(house.admin, Level.SITE, site, key, "hidden-words-1")
    operations.phone_settings.set(house.admin, Level.DEVICE, PHONE, key, "hidden-words-2")
    shown = [everything(explained(house)), everything(explained(house, key=key))]
    shown.append(repr(operations.phone_settings.given(house.admin, Level.DEVICE, PHONE)))
    edit = operations.previewing.setting(house.admin, Level.SITE, site, key, "hidden-words-3")
    shown.append(repr(edit))
    assert not [text for text in shown if "hidden-words" in text]
    assert value(explained(house), key).value == "•••"
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    if "yealink" in key:
        files = dict(operations.explaining.rendered(house.admin, PHONE))
        assert any(b"voice.password = hidden-words-2" in made for made in files.values())
    revealed = explained(house, reveal=True)
    assert value(revealed, key).value == "hidden-words-2"
