"""The shelf: what of the firmware is in memory, what is withheld, and what phones are told."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import pytest
from structlog.testing import capture_logs

from provd.exchange import Answer, Reason, Refusal, Request, Transport
from provd.provisioning.firmware import LOOKED_AT_EVERY, Shelf
from provd.vendors.firmware import Firmware, Image

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
LATER = NOW + LOOKED_AT_EVERY
OLD, NEW = bytes(range(256)) * 400, b"new" * 30_000
Result = TypeVar("Result")


def image(folder: Path, name: str, content: bytes) -> Image:
    path = folder / name
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Image("acme", name, "1.0", digest, ("A1",), path)


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(coroutine)


class Bench:
    """A shelf whose thread is this one; `threads` counts how often it was used."""

    def __init__(self, *images: Image, limit: int = 1 << 20, share: int = 1) -> None:
        self.threads = 0
        self.shelf = Shelf(Firmware(images), in_thread=self._in_thread, limit=limit, share=share)

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self.threads += 1
        return function(*arguments)

    def ask(self, path: str, at: datetime = NOW) -> Answer | Refusal | None:
        """As a server asks: memory first."""
        request = Request(path, Transport.HTTP, ip_address("192.0.2.1"), 5060, at)
        return self.shelf.ready(request) or run(self.shelf.answer(request))

    def fetched(self, path: str, at: datetime = NOW) -> bytes | None:
        reply = self.ask(path, at)
        if reply is None:
            return None
        assert isinstance(reply, Answer)
        self.shelf.delivered(reply)
        return reply.content

    def verify(self) -> None:
        run(self.shelf.verify())


@pytest.fixture
def rom(tmp_path: Path) -> Image:
    return image(tmp_path, "a1.rom", OLD)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)


def test_an_image_is_read_once_for_all_who_ask_within_seconds(rom: Image) -> None:
    bench = Bench(rom)
    first = bench.ask("firmware/acme/a1.rom")
    assert isinstance(first, Answer)
    assert first.etag == rom.sha256[:32]
    for _ in range(10):
        again = bench.ask("a1.rom")
        assert isinstance(again, Answer)
        assert again.content is first.content
    assert bench.threads == 1


def test_what_is_no_image_is_left_to_others(rom: Image) -> None:
    bench = Bench(rom)
    assert bench.ask("a2.rom") is None
    assert bench.threads == 0


def test_one_flipped_bit_withholds_the_image_and_tells_once(rom: Image) -> None:
    flip(rom.path)
    bench = Bench(rom)
    with capture_logs() as logs:
        assert bench.ask("a1.rom") is None
        assert bench.ask("a1.rom") is None
        bench.verify()
    assert [entry["event"] for entry in logs] == ["firmware_withheld"]
    [withheld] = bench.shelf.withheld
    assert (withheld.vendor, withheld.file) == ("acme", "a1.rom")
    assert "SHA-256" in str(withheld)


def test_a_withheld_image_is_not_read_again_until_its_file_changes(
    rom: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip(rom.path)
    bench = Bench(rom)
    bench.verify()
    monkeypatch.setattr("provd.provisioning.firmware.loaded", None)
    monkeypatch.setattr("provd.provisioning.firmware.verified", None)
    assert bench.ask("a1.rom") is None
    bench.verify()


def test_a_mended_image_is_served_again(rom: Image) -> None:
    flip(rom.path)
    bench = Bench(rom)
    assert bench.ask("a1.rom") is None
    flip(rom.path)
    assert bench.fetched("a1.rom") == OLD
    assert bench.shelf.withheld == ()


def test_a_bit_that_flips_later_is_found_within_seconds(rom: Image) -> None:
    bench = Bench(rom)
    assert bench.fetched("a1.rom") == OLD
    flip(rom.path)
    assert bench.fetched("a1.rom", NOW + timedelta(seconds=1)) == OLD  # as it was verified
    assert bench.fetched("a1.rom", LATER) is None
    assert len(bench.shelf.withheld) == 1


def test_a_running_transfer_keeps_the_old_octets(rom: Image, tmp_path: Path) -> None:
    bench = Bench(rom)
    running = bench.ask("a1.rom")
    assert isinstance(running, Answer)
    replaced = image(tmp_path, "a1.rom", NEW)
    bench.shelf.take_over(Firmware([replaced]), 1 << 20)
    assert bench.fetched("a1.rom", LATER) == NEW
    assert running.content == OLD
    assert bench.shelf.octets == len(OLD) + len(NEW)
    bench.shelf.delivered(running)
    assert bench.shelf.octets == len(NEW)


def test_a_reload_keeps_what_is_in_memory(rom: Image) -> None:
    bench = Bench(rom)
    bench.fetched("a1.rom")
    bench.shelf.take_over(Firmware([rom]), 1 << 20)
    bench.fetched("a1.rom")
    assert bench.threads == 1


def test_an_image_that_lost_its_entry_is_gone(rom: Image) -> None:
    bench = Bench(rom)
    bench.fetched("a1.rom")
    flip(rom.path)
    bench.verify()
    bench.shelf.take_over(Firmware(), 1 << 20)
    assert bench.ask("a1.rom") is None
    assert bench.shelf.octets == 0
    assert bench.shelf.withheld == ()


def test_images_that_nobody_fetches_make_room(tmp_path: Path) -> None:
    images = [image(tmp_path, f"{number}.rom", OLD) for number in range(4)]
    bench = Bench(*images, limit=len(OLD) * 2)
    for number in range(4):
        assert bench.fetched(f"{number}.rom") == OLD
        assert bench.shelf.octets <= len(OLD) * 2


def test_where_all_room_is_in_use_a_phone_is_asked_to_come_back(tmp_path: Path) -> None:
    images = [image(tmp_path, f"{number}.rom", OLD) for number in range(2)]
    bench = Bench(*images, limit=len(OLD))
    running = bench.ask("0.rom")
    assert isinstance(running, Answer)
    refused = bench.ask("1.rom")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.UNAVAILABLE
    bench.shelf.delivered(running)
    assert bench.fetched("1.rom") == OLD


def test_the_room_is_divided_among_the_processes_that_serve(tmp_path: Path) -> None:
    images = [image(tmp_path, f"{number}.rom", OLD) for number in range(4)]
    bench = Bench(*images, limit=len(OLD) * 4, share=2)
    for number in range(4):
        assert bench.fetched(f"{number}.rom") == OLD
    assert bench.shelf.octets == len(OLD) * 2


def test_an_image_larger_than_a_processes_part_has_it_alone(tmp_path: Path) -> None:
    images = [image(tmp_path, f"{number}.rom", OLD) for number in range(2)]
    bench = Bench(*images, limit=len(OLD), share=2)
    bench.verify()
    assert bench.shelf.withheld == ()
    running = bench.ask("0.rom")
    assert isinstance(running, Answer)
    assert isinstance(bench.ask("1.rom"), Refusal)
    bench.shelf.delivered(running)
    assert bench.fetched("1.rom") == OLD
    assert bench.shelf.octets == len(OLD)


def test_an_image_larger_than_all_room_is_withheld_and_says_so(rom: Image) -> None:
    bench = Bench(rom, limit=100)
    assert bench.ask("a1.rom") is None
    bench.verify()
    [withheld] = bench.shelf.withheld
    assert "limits.firmware_megabytes" in withheld.problem


def test_what_goes_wrong_behind_it_is_no_exception(
    rom: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Image) -> None:
        raise MemoryError

    monkeypatch.setattr("provd.provisioning.firmware.loaded", fail)
    with capture_logs() as logs:
        refused = Bench(rom).ask("a1.rom")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.UNAVAILABLE
    assert logs[0]["event"] == "firmware_failed"
