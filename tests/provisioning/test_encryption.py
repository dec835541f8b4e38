"""An encrypted file on its way: what the server answers, keeps and gives again."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest

from provd.devices.secret import Secret
from provd.exchange import Answer, Reason
from provd.operations.phone_settings import Level
from provd.provisioning import copied
from provd.simulator import BootServer, boot
from provd.simulator.fetching import Fetched
from provd.vendors.encryption import decrypt
from provd.vendors.values import Encryption
from provd.vendors.vendor import Vendor
from tests.conftest import House
from tests.provisioning.asking import FILE, MAC, SITE, Phones

KEY = "16 characters,ok"


def encrypting(house: House, monkeypatch: pytest.MonkeyPatch, form: str) -> Vendor:
    """The phone's vendor has that form for its configuration; what it has itself does not count."""
    vendor = house.parts.registry.vendor("yealink")
    files = {
        name: replace(file, encryptions=(Encryption(form),) if name == "device" else ())
        for name, file in vendor._files.items()
    }
    monkeypatch.setattr(vendor, "_files", files)
    patterns = [(pattern, files[file.name]) for pattern, file in vendor._patterns]
    monkeypatch.setattr(vendor, "_patterns", patterns)
    return vendor


def set_key(house: House, key: str) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.PROVIDER, "", "provisioning.file_key", key)


@pytest.fixture
def phones(house: House) -> Phones:
    return Phones(house)


def asked(phones: Phones) -> Answer:
    answer = phones.ask(FILE, SITE)
    assert isinstance(answer, Answer)
    return answer


def test_a_file_is_encrypted_from_the_key_s_first_day_and_stays_the_same(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypting(house, monkeypatch, "aes128gcm")
    clear = asked(phones)
    set_key(house, KEY)
    first = asked(phones)
    house.parts.generation.raise_()
    assert (first.coding, first.media_type) == ("aes128gcm", "application/octet-stream")
    text = decrypt("aes128gcm", first.content, KEY)
    assert text.splitlines()[0] == clear.content.splitlines()[0]
    again = asked(phones)
    assert (again.content, again.etag, again.modified) == (
        first.content,
        first.etag,
        first.modified,
    )


def test_a_copy_keeps_how_it_is_coded(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypting(house, monkeypatch, "aes128gcm")
    set_key(house, KEY)
    asked(phones)
    standing = house.parts.store.devices.find(MAC)
    assert standing is not None
    file = house.parts.copies.file(standing.standing, "device")
    assert file is not None
    assert copied.to_file(copied.from_file(file)) == file


def test_a_key_of_the_wrong_length_costs_the_file_and_nothing_goes_out_in_clear(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypting(house, monkeypatch, "aes128ecb")
    set_key(house, "short")
    assert phones.reason(FILE, SITE) is Reason.CANNOT_RENDER


def test_a_simulated_phone_needs_the_key(
    phones: Phones, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = encrypting(house, monkeypatch, "openssl-md5")
    set_key(house, KEY)
    content = asked(phones).content

    class Wire:
        """Every file of the boot but the phone's own is missing."""

        def __init__(self, **_: object) -> None: ...
        def __enter__(self) -> Wire:
            return self

        def __exit__(self, *_: object) -> None: ...
        def fetch(self, target: object) -> object:
            own = str(getattr(target, "path", "")).endswith(FILE)
            return Fetched("200", content) if own else Fetched("404")

    monkeypatch.setattr(import_module("provd.simulator.boot"), "WebClient", Wire)
    server = BootServer("127.0.0.1", 1, 2, 3)
    device = house.parts.store.devices.by_mac(MAC)
    assert device is not None
    model = vendor.model(device.model)
    without = boot(vendor, model, MAC, server)
    assert "encrypted, and the phone has no key" in without.problem
    wrong = boot(vendor, model, MAC, server, file_key=Secret("another"))
    assert "with the phone's key" in wrong.problem  # one of 256 keys opens it, to no text
    right = boot(vendor, model, MAC, server, file_key=Secret(KEY))
    assert right.ok, right.problem
