"""`provd device uploads` and `provd device upload`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.devices.upload import Allowance, Sent
from provd.errors import NotFoundError
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House

LOG = b"booted\nregistered \x1b[31mred\n"


@pytest.fixture
def sent(house: House) -> None:
    device = house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device is not None
    found = house.parts.store.devices.find(device.mac)
    assert found is not None
    token = found.standing.token_digest
    at = datetime(2026, 8, 12, 9, tzinfo=UTC)
    house.parts.store.uploads.put(
        Sent(device.id, "system_log", token, "805ec0000001-sys.log", LOG, at), Allowance(9, 999)
    )


def test_where_there_is_nothing_it_says_how_there_would_be(run: Run) -> None:
    assert "provisioning.uploads" in printed(run("device", "uploads", PHONE))


def test_what_was_sent_is_listed(run: Run, sent: None) -> None:
    [_, row] = printed(run("device", "uploads", PHONE)).splitlines()
    assert row.split() == ["805ec0000001-sys.log", "system_log", "27", "2026-08-12", "09:00:00"]


@pytest.mark.parametrize("name", ["system_log", "805ec0000001-sys.log"])
def test_a_log_is_shown_fit_for_a_terminal(run: Run, sent: None, name: str) -> None:
    assert printed(run("device", "upload", PHONE, name)) == "booted\nregistered �[31mred\n"


def test_it_is_written_as_it_came(run: Run, sent: None, tmp_path: Path) -> None:
    out = tmp_path / "log"
    printed(run("device", "upload", PHONE, "system_log", "--out", str(out)))
    assert out.read_bytes() == LOG


def test_what_was_not_sent_is_a_sentence(run: Run, sent: None) -> None:
    assert "805ec0000001-sys.log" in sentence(run("device", "upload", PHONE, "boot.log"))


def test_another_reseller_sees_no_such_device(house: House, sent: None) -> None:
    uploads = house.parts.operations.uploads
    with pytest.raises(NotFoundError, match="no such device"):
        uploads.of(house.stranger(), PHONE)
    assert len(uploads.of(house.reseller, PHONE)) == 1
