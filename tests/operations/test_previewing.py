"""What an edit would change in phones' files, before it is saved."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.secret import Secret
from provd.errors import InputError, NotFoundError, SettingError
from provd.operations import comparing
from provd.operations.comparing import Compared, Comparison
from provd.operations.phone_settings import Level
from provd.operations.previewing import Preview
from tests.conftest import PHONE, House
from tests.operations.forms import LINE, registered, rows

ROOT = Path(__file__).resolve().parents[2]
SITE = "Harbour Dental Practice/Front desk"


def previewed(house: House, key: str, text: str | None, **more: int) -> Preview:
    return house.parts.operations.previewing.setting(
        house.admin, Level.SITE, SITE, key, text, most=more.get("most")
    )


def texts(compared: Compared) -> str:
    return "\n".join(change.text for change in compared.changes)


def test_a_change_is_shown_and_nothing_is_saved(house: House) -> None:
    before, generation = rows(house), house.parts.generation.value
    preview = previewed(house, "time.format", "12h")
    assert "-local_time.time_format = 1\n+local_time.time_format = 0" in texts(preview.compared)
    assert preview.compared.touched == preview.total == preview.compared.devices
    assert rows(house) == before
    assert house.parts.generation.value == generation


def test_what_is_previewed_is_what_comes(house: House) -> None:
    explaining, mac = house.parts.operations.explaining, PHONE
    before = dict(explaining.rendered(house.admin, mac))
    preview = previewed(house, "codecs", "opus g722")
    house.parts.operations.phone_settings.set(house.admin, Level.SITE, SITE, "codecs", "opus g722")
    after = dict(explaining.rendered(house.admin, mac))
    (own,) = [one for one in preview.compared.changes if "+++ 805ec0000001.cfg" in one.text]
    gone = {line[1:] for line in own.text.splitlines()[2:] if line.startswith("-")}
    come = {line[1:] for line in own.text.splitlines()[2:] if line.startswith("+")}
    name = "805ec0000001.cfg"
    old, new = (set(one[name].decode().splitlines()) for one in (before, after))
    assert gone - come <= old - new
    assert come - gone == new - old


def test_phones_with_the_same_change_stand_once(house: House) -> None:
    for number in range(5):
        line = replace(LINE, user=f"5{number}", display_name=f"Desk {number}")
        registered(house, mac=f"805ec00001{number:02}", lines=(line,), label=f"Desk {number}")
    preview = previewed(house, "sip.registrar", "pbx.example.net")
    own = next(one for one in preview.compared.changes if "sip_server.1.address" in one.text)
    assert own.devices >= 5
    assert len(own.examples) == 3


def test_a_value_that_a_stronger_level_gives_changes_nothing(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.DEVICE, PHONE, "time.format", "12h")
    preview = house.parts.operations.previewing.setting(
        house.admin, Level.PROVIDER, "", "time.format", "12h"
    )
    assert preview.compared.touched == preview.compared.devices - 1


def test_taking_back_is_shown_as_well(house: House) -> None:
    settings = house.parts.operations.phone_settings
    with pytest.raises(NotFoundError, match="does not set"):
        previewed(house, "time.format", None)
    settings.set(house.admin, Level.SITE, SITE, "time.format", "12h")
    assert "+local_time.time_format = 1" in texts(previewed(house, "time.format", None).compared)


def test_a_password_shows_only_that_it_changes(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.SITE, SITE, "web.admin_password", "first-secret")
    same = previewed(house, "web.admin_password", "first-secret")
    other = previewed(house, "web.admin_password", "second-secret")
    assert same.compared.files == 0
    assert "admin:••• (another)" in texts(other.compared)
    placement = placement_of(house)
    hidden = [placement.enrolment.token.reveal(), "first-secret", "second-secret"]
    hidden += [line.password.reveal() for line in placement.device.lines]
    assert not [secret for secret in hidden if secret in repr(other)]


def test_another_key_of_the_encryption_changes_all_encrypted_files(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.DEVICE, PHONE, "provisioning.file_key", "0123456789abcdef")
    preview = house.parts.operations.previewing.setting(
        house.admin, Level.DEVICE, PHONE, "provisioning.file_key", "fedcba9876543210"
    )
    assert preview.compared.files == 1
    assert "fedcba" not in repr(preview)
    assert preview.cannot == ()


def test_what_is_no_value_is_refused_as_when_it_is_set(house: House) -> None:
    for key, text in (("time.zona", "UTC"), ("sip.port", "many"), ("raw.nobody.P1", "1")):
        with pytest.raises(InputError):
            previewed(house, key, text)
    with pytest.raises(SettingError, match="no parameter of this vendor"):
        previewed(house, "raw.yealink.Wrong", "1")


def test_phones_that_could_have_no_file_are_told(house: House) -> None:
    preview = previewed(house, "raw.yealink.features.x", "%NULL%")
    (one,) = preview.compared.unmade
    assert "means something else" in one.problem
    assert "80:5e:c0:00:00:01" in one.examples


def test_no_more_phones_are_looked_at_than_asked_for(house: House) -> None:
    preview = previewed(house, "time.format", "12h", most=1)
    assert preview.compared.devices == 1
    assert preview.total > 1


def test_more_different_changes_are_only_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_CHANGES", 1)
    preview = previewed(house, "time.format", "12h")
    assert len(preview.compared.changes) == 1
    assert preview.compared.more > 0


def test_a_profile_is_compared_before_it_is_saved(house: House, tmp_path: Path) -> None:
    default = (ROOT / "profiles" / "default.yaml").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(default.replace("language: en", "language: de"))
    told: list[tuple[int, int]] = []
    previewing = house.parts.operations.previewing
    preview = previewing.profile(
        house.admin, "default", path, told=lambda done, total: told.append((done, total))
    )
    assert "+lang.gui = German" in texts(preview.compared)
    assert told[-1] == (preview.total, preview.total)
    assert not preview.is_new_profile
    path.write_text("settings: {time: {zona: UTC}}")
    with pytest.raises(SettingError, match=r"mine.yaml line 1"):
        previewing.profile(house.admin, "default", path)


def test_a_profile_that_is_to_be_added_is_checked(house: House, tmp_path: Path) -> None:
    path = tmp_path / "lobby.yaml"
    path.write_text("title: Lobby\nsettings: {language: de}")
    previewing = house.parts.operations.previewing
    preview = previewing.profile(house.admin, "lobby", path)
    assert (preview.total, preview.is_new_profile) == (0, True)
    path.write_text("settings: {language: dee}")
    with pytest.raises(SettingError, match=r"lobby.yaml line 1"):
        previewing.profile(house.admin, "lobby", path)


def test_an_imports_phones_are_shown_as_new_files(house: House) -> None:
    sample = (ROOT / "docs" / "import-sample.csv").read_bytes()
    operations = house.parts.operations
    checked = operations.importing.check(house.admin, io.BytesIO(sample))
    preview = operations.previewing.importing(house.admin, checked.new)
    assert preview.total == 2
    assert "--- /dev/null\n+++ 805ec0000021.cfg" in texts(preview.compared)
    assert "replace-with-the-password" not in repr(preview)


def test_phones_of_others_are_not_looked_at(house: House) -> None:
    previewing = house.parts.operations.previewing
    assert previewing.setting(
        house.reseller, Level.RESELLER, "Bluebird Telephony", "language", "de"
    ).compared.touched
    for actor in (house.stranger(), house.customer):
        with pytest.raises(NotFoundError):
            previewing.setting(actor, Level.SITE, SITE, "language", "de")
    with pytest.raises(NotFoundError):
        previewing.setting(house.reseller, Level.PROVIDER, "", "language", "de")
    with pytest.raises(NotFoundError):
        previewing.profile(house.reseller, "default", ROOT / "profiles" / "default.yaml")


def test_phones_that_differ_in_their_own_names_only_are_alike(house: House) -> None:
    phone = house.parts.files.phone(placement_of(house))
    comparison = Comparison(house.parts.registry)
    for number in range(40):
        line = replace(phone.device.lines[0], user=f"u{number}", password=Secret(f"p{number}"))
        device = replace(phone.device, mac=Mac(f"805ec00002{number:02}"), lines=(line,))
        settings = phone.settings.replaced({"voicemail.mwi": False})
        before = replace(phone, device=device)
        comparison.take(before, replace(before, settings=settings))
    result = comparison.result()
    assert [change.devices for change in result.changes] == [40]


def placement_of(house: House) -> Placement:
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    return placement
