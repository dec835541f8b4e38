"""A phone of each family of each vendor boots from the real daemon, as its vendor's phones do: the
files that there are come whole, those that we do not have are refused in the protocol's own word,
and the phone reads the account that was registered for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from provd.app import Provd
from provd.devices.mac import Mac
from provd.exchange import Transport
from provd.simulator import boot
from provd.simulator.target import BootServer
from provd.vendors.cases import read_cases
from provd.vendors.registry import Registry
from tests.daemon.running import Addresses, Daemon
from tests.daemon.town import TestPhone, parts_of, register

REGISTRY = Registry.load(Path(__file__).parents[2] / "plugins", entry_points=False)


def phones() -> dict[str, TestPhone]:
    """One for each model of the vendors' cases, which have every family."""
    found: dict[str, TestPhone] = {}
    for vendor in REGISTRY.vendors:
        for name in sorted({case.model for case in read_cases(vendor.folder)[0]}):
            model = vendor.model(name).name
            mac = str(Mac(f"02{len(found):010x}"))
            found[f"{vendor.name}-{model}"] = TestPhone(mac, vendor.name, model)
    return found


PHONES = phones()
WAYS = dict(zip(PHONES, cycle(Transport), strict=False))


@pytest.fixture(scope="module")
def parts(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provd]:
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("vendors") / "data"))
    opened = parts_of(data)
    register(opened, list(PHONES.values()))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server(parts: Provd) -> Iterator[BootServer]:
    daemon = Daemon(parts.configuration.data)
    try:
        yield reached(daemon.ready())
    finally:
        daemon.kill()


def reached(at: Addresses) -> BootServer:
    return BootServer("127.0.0.1", at.tftp_port, at.http_port, at.https_port, at.ca_file)


@pytest.mark.parametrize("name", PHONES)
def test_it_boots(name: str, parts: Provd, server: BootServer) -> None:
    one = PHONES[name]
    vendor = parts.registry.vendor(one.vendor)
    report = boot(vendor, vendor.model(one.model), Mac.parse(one.mac), server, transport=WAYS[name])
    told = [(step.path, step.answer, step.reason) for step in report.steps]
    assert report.problem == ""
    assert report.missing == (), told
    assert all(step.harmless for step in report.steps if step.file), told
    for step in report.steps:
        if not step.whole and step.method == "GET":
            refusal = "ERROR 1" if step.transport is Transport.TFTP else "404"
            assert step.answer == refusal, told
    if vendor.has_accounts:
        device = parts.store.devices.by_mac(Mac.parse(one.mac))
        assert device is not None
        assert report.reading is not None
        (account,) = report.reading.accounts
        assert account.user == device.lines[0].user
        assert account.password.reveal() == device.lines[0].password.reveal()


def test_every_vendor_is_booted_over_each_transport() -> None:
    for vendor in REGISTRY.vendors:
        assert any(one.vendor == vendor.name for one in PHONES.values()), vendor.name
    assert set(WAYS.values()) == set(Transport)
