"""What phones have sent: sealed, the latest of each kind, within bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provd.devices.device import Device
from provd.devices.lifecycle import LEFT, State
from provd.devices.secret import Secret
from provd.devices.upload import Allowance, Sent, UploadFacts
from provd.errors import NotFoundError
from provd.store import Store
from tests.store.people import NOW, People, phone

MOST = Allowance(files=3, octets=1000)
EVERY_OCTET = bytes(range(256)) * 3


@pytest.fixture
def device(store: Store, people: People) -> Device:
    return phone(store, people.alice_site)


def digest(store: Store, device: Device) -> str:
    found = store.devices.find(device.mac)
    assert found
    return found.standing.token_digest


def put(store: Store, device: Device, content: bytes, kind: str = "app_log") -> bool | None:
    sent = Sent(device.id, kind, digest(store, device), f"{kind}.txt", content, NOW)
    return store.uploads.put(sent, MOST)


def test_every_octet_comes_back_and_the_latest_counts(store: Store, device: Device) -> None:
    assert put(store, device, b"old") is True
    assert put(store, device, EVERY_OCTET) is False
    upload = store.uploads.get(device.id, "app_log")
    assert upload is not None
    assert upload.content == EVERY_OCTET
    facts = UploadFacts("app_log", "app_log.txt", len(EVERY_OCTET), NOW)
    assert store.uploads.of_device(device.id) == [facts]
    assert store.uploads.get(device.id, "boot_log") is None


def test_it_is_sealed(store: Store, device: Device) -> None:
    put(store, device, b"a secret of the phone's")
    [(stored,)] = store.uploads._database.sql("SELECT content FROM upload")
    assert b"secret" not in bytes(stored)


def test_beyond_the_bounds_the_old_one_stays(store: Store, device: Device) -> None:
    assert put(store, device, bytes(600))
    assert put(store, device, bytes(500), "boot_log") is None
    assert put(store, device, bytes(1001)) is None
    upload = store.uploads.get(device.id, "app_log")
    assert upload is not None
    assert upload.content == bytes(600)
    assert put(store, device, bytes(1000)) is False
    assert put(store, device, b"", "a")
    assert put(store, device, b"", "b")
    assert put(store, device, b"", "c") is None


def test_another_device_has_its_own(store: Store, people: People, device: Device) -> None:
    other = phone(store, people.charlie_site, "805ec0aaaa02")
    put(store, device, b"alice")
    assert store.uploads.get(other.id, "app_log") is None
    assert store.uploads.of_device(other.id) == []


def test_a_phone_that_moves_leaves_nothing_to_the_next(
    store: Store, people: People, device: Device
) -> None:
    put(store, device, b"alice's contacts")
    store.devices.update(device.id, label="Desk 2")
    assert store.uploads.of_device(device.id)
    store.devices.update(device.id, site_id=people.charlie_site.id)
    assert store.uploads.of_device(device.id) == []


@pytest.mark.parametrize("state", sorted(LEFT))
def test_a_phone_that_comes_back_leaves_nothing_to_the_next(
    store: Store, device: Device, state: State
) -> None:
    put(store, device, b"alice's contacts")
    assert not store.devices.change_state(device.id, State.SHIPPED, state)
    assert store.uploads.of_device(device.id)
    assert store.devices.change_state(device.id, State.REGISTERED, state)
    assert store.uploads.of_device(device.id) == []


def test_what_was_on_its_way_while_the_phone_changed_hands_is_not_kept(
    store: Store, device: Device
) -> None:
    put(store, device, b"old")
    before = digest(store, device)
    store.devices.rotate_token(device.id, Secret("another"))
    with pytest.raises(NotFoundError):
        store.uploads.put(Sent(device.id, "app_log", before, "a", b"new", NOW), MOST)
    upload = store.uploads.get(device.id, "app_log")
    assert upload is not None
    assert upload.content == b"old"


def test_the_database_keeps_microseconds(store: Store, device: Device) -> None:
    put(store, device, b"x")
    [facts] = store.uploads.of_device(device.id)
    assert facts.received_at - NOW == timedelta(0)
