"""The profiles that come with provd, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.devices.settings import VOCABULARY
from provd.errors import NotFoundError, PluginError, SettingError
from provd.vendors.profiles import Profiles

PROFILES = Path(__file__).parents[2] / "profiles"


def test_the_default_names_every_setting_at_least_in_a_comment(profiles: Profiles) -> None:
    text = (PROFILES / "default.yaml").read_text("utf-8")
    for key in VOCABULARY:
        assert f"{key.rpartition('.')[2]}:" in text, key


def test_the_default_sets_what_a_phone_can_not_do_without(profiles: Profiles) -> None:
    needed = {"sip.transport", "time.zone", "language", "codecs", "dtmf.mode", "ntp.servers"}
    assert needed <= profiles.default.values.keys()
    assert profiles.default.name == "profiles/default.yaml"


def test_passwords_have_no_default(profiles: Profiles) -> None:
    assert not [key for key in profiles.default.values if "password" in key]


def test_the_others_are_to_choose_from(profiles: Profiles) -> None:
    assert profiles.names == ("call-centre", "de")
    assert profiles.titles["de"] == "Germany"
    assert profiles.profile("de").values["time.zone"] == "Europe/Berlin"
    with pytest.raises(NotFoundError, match="call-centre, de"):
        profiles.profile("fr")


@pytest.mark.parametrize(
    ("text", "error", "where", "key"),
    [
        ("settings:\n  time:\n    zoen: UTC\n", SettingError, "line 3", "time.zoen"),
        ("settings:\n  language: xx\n", SettingError, "line 2", "language"),
        ("settings:\n  tones:\n    country: NO\n", SettingError, "line 3", "tones.country"),
        ("title: x\nsetings: {}\n", PluginError, "x/default.yaml", ""),
        ("settings: {}\nlanguage: en\n", PluginError, "line 2", "language"),
        ("settings: [\n", PluginError, "x/default.yaml", ""),
    ],
)
def test_a_wrong_profile_names_file_line_and_key(
    text: str, error: type[Exception], where: str, key: str, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "default.yaml").write_text(text)
    with pytest.raises(error) as caught:
        Profiles.load(tmp_path / "x")
    assert isinstance(caught.value, SettingError | PluginError)
    assert "x/default.yaml" in caught.value.where
    assert where in caught.value.where
    assert caught.value.key == key


def test_there_must_be_a_default(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"there is no default\.yaml"):
        Profiles.load(tmp_path)
