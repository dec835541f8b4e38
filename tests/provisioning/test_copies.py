"""Copies between memory and disk."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from provd.crypto.sealing import Sealer
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import token_digest
from provd.devices.standing import Standing
from provd.errors import StoreUnavailable
from provd.provisioning import copies as module
from provd.provisioning.copied import from_file, from_standing, to_file, to_standing
from provd.provisioning.copies import Copies
from provd.provisioning.copy_rows import CopyRows
from provd.provisioning.files import File
from provd.provisioning.restraint import Restraint
from provd.store import CopyStore

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKEN = "0" * 32
STANDING = Standing(
    device_id=7,
    mac=Mac("805ec0000001"),
    vendor="acme",
    model="One",
    profile="",
    state=State.IN_SERVICE,
    token_digest=token_digest(TOKEN),
    open_until=NOW,
    first_address="192.0.2.1",
    networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")),
    trust={"trust.ways": ["token", "network"]},
)
FILE = File("device", b"a=1\n" * 100, "text/plain", "abc", NOW, True, ("device",), None)


@pytest.fixture
def rows() -> CopyRows:
    key = os.urandom(32)
    return CopyRows(Sealer(key), key)


@pytest.fixture
def copies(rows: CopyRows, tmp_path: Path) -> Iterator[Copies]:
    with closing(on(tmp_path, rows)) as copies:
        yield copies


def on(folder: Path, rows: CopyRows) -> Copies:
    return Copies(CopyStore(folder / "last-good.sqlite"), rows, rest=lambda seconds: None)


@pytest.mark.parametrize("one", [STANDING, replace(STANDING, open_until=None, trust={})])
def test_a_standing_reads_back_as_it_was(one: Standing) -> None:
    assert to_standing(from_standing(one)) == one


def test_a_file_reads_back_as_it_was() -> None:
    for one in (FILE, replace(FILE, content=b"", boot_step=3, completes_boot=False)):
        assert to_file(from_file(one)) == one


@pytest.mark.parametrize("stored", [b"", b"\0\0\0\2{}", from_file(FILE)[:-3], b"\xff" * 20])
def test_what_is_no_file_is_told(stored: bytes) -> None:
    with pytest.raises(ValueError):
        to_file(stored)


@pytest.mark.parametrize("stored", [b"", b"{}", b"[]", b'{"mac": 1}'])
def test_what_is_no_standing_is_told(stored: bytes) -> None:
    with pytest.raises(ValueError):
        to_standing(stored)


def test_what_waits_is_found_and_what_was_written_too(copies: Copies) -> None:
    copies.keep(STANDING, FILE)
    for waiting in (1, 0):
        assert copies.waiting == waiting
        assert copies.standing(STANDING.mac) == STANDING
        assert copies.standing_by_token(TOKEN) == STANDING
        assert copies.file(STANDING, "device") == FILE
        copies.write()
    assert copies.standing(Mac("805ec0000002")) is None
    assert copies.standing_by_token("1" * 32) is None
    assert copies.file(STANDING, "other") is None


def test_the_latest_counts(copies: Copies) -> None:
    later = replace(FILE, content=b"later", etag="later")
    copies.keep(STANDING, FILE)
    copies.write()
    copies.keep(STANDING, later)
    assert copies.file(STANDING, "device") == later
    copies.write()
    assert copies.file(STANDING, "device") == later


def test_a_disk_that_takes_nothing_leaves_them_in_memory(
    tmp_path: Path, rows: CopyRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "last-good.sqlite").mkdir()
    with closing(on(tmp_path, rows)) as copies:
        copies.keep(STANDING, FILE)
        with pytest.raises(StoreUnavailable):
            copies.write()
        assert copies.file(STANDING, "device") == FILE
        assert copies.standing(Mac("805ec0000002")) is None
        monkeypatch.setattr(module, "WAITING_BYTES", 1000)
        for number in range(5):
            copies.keep(STANDING, replace(FILE, kind=str(number)))
        assert copies.waiting == 2
        (tmp_path / "last-good.sqlite").rmdir()
        copies.write()
        assert copies.waiting == 0


def test_what_came_out_as_it_was_is_not_written_again(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.keep(STANDING, FILE)
    copies.write()
    written: list[int] = []
    monkeypatch.setattr(CopyStore, "write", lambda _, *rows: written.extend(map(len, rows)))
    copies.keep(STANDING, replace(FILE, modified=NOW + timedelta(days=1)))
    copies.write()
    assert copies.waiting == 0
    copies.keep(replace(STANDING, first_address="192.0.2.2"), FILE)
    copies.write()
    copies.keep(STANDING, replace(FILE, etag="another"))
    copies.write()
    assert written == [1, 0, 0, 1]
    assert copies.file(STANDING, "device") == FILE


def test_many_are_written_with_rests_between(rows: CopyRows, tmp_path: Path) -> None:
    rested: list[float] = []
    seconds = itertools.count()
    restraint = Restraint(own=lambda: next(seconds), everybody=lambda: 0.0, wall=lambda: 0.0)
    store = CopyStore(tmp_path / "last-good.sqlite")
    with closing(Copies(store, rows, restraint=restraint, rest=rested.append)) as copies:
        for number in range(2 * module.BATCH + 1):
            copies.keep(STANDING, replace(FILE, kind=str(number)))
        copies.write()
        assert len(rested) == 2
        assert min(rested) >= 1
        assert copies.file(STANDING, str(2 * module.BATCH)) is not None


def test_a_refresh_follows_the_database(copies: Copies) -> None:
    many = [
        replace(STANDING, device_id=n, mac=Mac(f"805ec0{n:06x}"), token_digest=str(n))
        for n in range(1, module.BATCH + 20)
    ]
    for one in many:
        copies.keep(one, FILE)
    copies.write()
    now = {one.device_id: one for one in many}
    now[1] = replace(many[0], state=State.SUSPENDED)
    now[2] = replace(many[1], state=State.RETIRED)
    del now[module.BATCH + 1]
    copies.refresh(lambda ids: {id_: now[id_] for id_ in ids if id_ in now})
    assert copies.standing(many[0].mac) == now[1]
    assert copies.file(many[0], "device")
    for gone in (many[1], many[module.BATCH]):
        assert copies.standing(gone.mac) is None
        assert copies.file(gone, "device") is None
    assert copies.standing(many[2].mac) == many[2]


def test_a_refresh_that_fails_is_due_again(copies: Copies) -> None:
    copies.keep(STANDING, FILE)
    copies.write()

    def away(ids: object) -> dict[int, Standing]:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        copies.refresh_when_due(away, 1, 1000)
    copies.refresh_when_due(lambda ids: {}, 1, 1000)
    assert copies.standing(STANDING.mac) is None
    copies.keep(STANDING, FILE)
    copies.write()
    copies.refresh_when_due(lambda ids: {}, 1, 1001)
    assert copies.standing(STANDING.mac) == STANDING
