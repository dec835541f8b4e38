"""Who is told which firmware: the shelf, the layers, and on the bench the place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provd.devices.device import Device
from provd.devices.layers import Layer, merge
from provd.devices.lifecycle import Place, State
from provd.devices.mac import Mac
from provd.exchange import Answer
from provd.operations.phone_settings import Level
from provd.provisioning.firmware_policy import Choice, chosen
from provd.vendors.firmware import Firmware, Image
from tests.conftest import House
from tests.provisioning.asking import BENCH, FILE, LEGACY, MAC, PUBLIC, SITE, Phones


def image(version: str, *models: str, vendor: str = "yealink", file: str = "") -> Image:
    name = file or f"T46U {version}.rom"
    return Image(vendor, name, version, "0" * 64, models or ("T46U",), Path(name))


SHELF = (image("108.86.0.9"), image("108.86.0.20"), image("108.87.0.5", "T48U"))


def device(number: int = 1, model: str = "T46U") -> Device:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Device(number, Mac(f"{number:012x}"), "yealink", model, 1, State.IN_SERVICE, at)


def choice(
    settings: Mapping[str, object] | None = None,
    one: Device | None = None,
    place: Place = Place.SITE,
    shelf: tuple[Image, ...] = SHELF,
) -> Choice:
    return chosen(shelf, one or device(), merge([Layer("test", settings or {})]), place)


def told(settings: Mapping[str, object] | None = None, number: int = 1) -> str:
    found = choice(settings, device(number)).image
    return found.version if found else ""


def test_the_newest_that_names_its_model_is_told() -> None:
    assert told() == "108.86.0.20"
    other = choice(one=device(model="T48U")).image
    assert other is not None
    assert other.version == "108.87.0.5"


def test_another_vendor_s_image_for_a_model_of_that_name_is_not_meant() -> None:
    assert choice(shelf=(image("9", vendor="acme"),)).image is None


def test_a_pinned_version_is_the_only_one_and_one_that_is_not_there_is_told_missing() -> None:
    assert told({"firmware.version": "108.86.0.9"}) == "108.86.0.9"
    assert told({"firmware.version": "v108.86.0.09"}) == "108.86.0.9"
    wrong = choice({"firmware.version": "108.87.0.5"})
    assert (wrong.image, wrong.missing) == (None, "108.87.0.5")
    assert "not on the shelf for T46U" in wrong.reason


def test_a_stage_takes_about_that_many_phones_and_always_the_same() -> None:
    stage = [n for n in range(1, 2001) if told({"firmware.percent": 10}, n)]
    assert 140 < len(stage) < 260
    assert stage == [n for n in range(1, 2001) if told({"firmware.percent": 10}, n)]
    wider = {n for n in range(1, 2001) if told({"firmware.percent": 30}, n)}
    assert set(stage) < wider
    assert not any(told({"firmware.percent": 0}, n) for n in range(1, 200))
    assert all(told({"firmware.percent": 100}, n) for n in range(1, 200))


def test_the_next_version_goes_to_other_phones_first() -> None:
    pin = {"firmware.version": "108.86.0.9", "firmware.percent": 10}
    old = {n for n in range(1, 500) if told(pin, n)}
    new = {n for n in range(1, 500) if told({"firmware.percent": 10}, n)}
    assert len(old & new) < len(new) // 2


def test_bench_only_is_told_on_the_bench_and_nowhere_else() -> None:
    settings = {"firmware.bench_only": True}
    bench, site = (choice(settings, place=place) for place in Place)
    assert (bench.image, bench.place) == (SHELF[1], Place.BENCH)
    assert (site.image, site.place) == (None, Place.SITE)
    assert choice().place is None


# What it becomes on its way to a phone


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house, firmware=Firmware([image("108.86.0.20"), image("108.86.0.9")]))


def setting(house: House, key: str, text: str) -> None:
    house.parts.operations.phone_settings.set(house.admin, Level.PROVIDER, "", key, text)


def url(phones: Phones, address: str = SITE) -> str:
    lines = phones.content(FILE, address).splitlines()
    return next((line.partition(" = ")[2] for line in lines if "firmware.url" in line), "")


def test_the_url_is_that_of_the_phone_s_own_transport_and_holds_no_token(
    phones: Phones, house: House
) -> None:
    assert url(phones) == f"{PUBLIC}yealink/T46U%20108.86.0.20.rom"
    setting(house, "provisioning.legacy", "true")
    assert url(phones) == f"{LEGACY}yealink/T46U%20108.86.0.20.rom"


def test_a_policy_counts_from_the_next_question_on(phones: Phones, house: House) -> None:
    assert "108.86.0.20" in url(phones)
    setting(house, "firmware.version", "108.86.0.9")
    assert "108.86.0.9.rom" in url(phones)
    setting(house, "firmware.percent", "0")
    assert url(phones) == ""


def test_what_was_made_for_the_bench_is_not_given_at_the_site_nor_the_other_way_round(
    phones: Phones, house: House
) -> None:
    setting(house, "firmware.bench_only", "true")
    for _ in range(2):
        assert "108.86.0.20" in url(phones, BENCH)
        assert "108.86.0.20" in url(phones, BENCH)
        assert url(phones, SITE) == ""
        assert url(phones, SITE) == ""
    assert phones.looked_up == 4, "each was made once for its place, and again at the next change"


def test_without_that_policy_both_places_share_what_is_in_memory(phones: Phones) -> None:
    assert url(phones, BENCH) == url(phones, SITE)
    assert phones.looked_up == 1


def test_no_copy_of_the_bench_s_file_is_left_for_the_site(phones: Phones, house: House) -> None:
    setting(house, "firmware.bench_only", "true")
    assert "108.86.0.20" in url(phones, BENCH)
    standing = house.parts.store.devices.find(MAC)
    assert standing is not None
    assert house.parts.copies.file(standing.standing, "device") is None
    assert isinstance(phones.ask(FILE, SITE), Answer)
    copy = house.parts.copies.file(standing.standing, "device")
    assert copy is not None
    assert b"firmware.url = http" not in copy.content
