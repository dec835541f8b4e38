"""Of which firmware a phone is told, and how that is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.operations.explanation import ExplainedValue, Explanation, Reach
from provd.operations.phone_settings import Level
from provd.vendors.firmware import Firmware, Image
from tests.conftest import PHONE, House

PUBLIC = "https://phones.example.com/"


@pytest.fixture
def shelf(house: House, monkeypatch: pytest.MonkeyPatch) -> Image:
    """The only image, of a house whose phones have URLs."""
    image = Image("yealink", "T46U.rom", "108.86.0.20", "0" * 64, ("T46U",), Path("T46U.rom"))
    monkeypatch.setattr(house.parts.files, "_firmware", Firmware([image]))
    monkeypatch.setattr(house.parts.files, "_public_url", PUBLIC)
    return image


def explained(house: House, key: str = "") -> Explanation:
    return house.parts.operations.explaining.explain(house.admin, PHONE, key)


def version(found: Explanation) -> ExplainedValue:
    (one,) = [one for one in found.values if one.key == "firmware.version"]
    return one


@pytest.mark.parametrize("key", ["", "firmware.version"])
def test_the_newest_of_the_shelf_is_a_value_with_its_line(
    house: House, shelf: Image, key: str
) -> None:
    found = explained(house, key)
    told = version(found)
    assert (told.value, told.reach, told.remarks) == (shelf.version, Reach.FILES, ())
    assert told.layer == "the shelf, whose newest counts"
    (line,) = [line for file in found.files for line in file.lines if "T46U.rom" in line.text]
    causes = [(one.what, one.layer) for one in line.because]
    assert ("firmware.version", "the shelf, whose newest counts") in causes


def test_where_there_is_none_that_is_said_when_it_is_asked(house: House) -> None:
    told = version(explained(house, "firmware.version"))
    assert (told.value, told.remarks) == ("none", ("there is none for T46U",))


def test_a_phone_without_a_url_is_told_of_no_firmware_and_that_is_why(
    house: House, shelf: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.parts.files, "_public_url", "")
    monkeypatch.setattr(house.parts.files, "_legacy_url", "")
    told = house.parts.operations.firmware.of(house.admin, Mac.parse(PHONE))
    assert told.version == ""
    assert told.choice.reason == "108.86.0.20 has no address: listen.public_url is not set"


def test_a_version_that_the_shelf_has_not_is_told_by_model(house: House, shelf: Image) -> None:
    operations = house.parts.operations
    where = (house.admin, Level.PROVIDER, "", "firmware.version")
    preview = operations.previewing.setting(*where, "9.9.9").cannot
    cannot = operations.phone_settings.set(*where, "9.9.9")
    assert preview == cannot
    assert "9.9.9 is not on the shelf for T46U" in {one.why for one in cannot}
    there = {one.model for one in operations.phone_settings.set(*where, shelf.version)}
    assert "Yealink T46U" not in there
    assert len(there) == len(cannot) - 1
