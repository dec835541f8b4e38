"""Whether a phone that asks by SIP multicast is told where its files are, and what."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from provd.app import build
from provd.configuration_file import configuration_from
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.reach import Reach
from provd.errors import StoreUnavailable
from provd.exchange import IPAddress, Reason
from provd.provisioning.plug_and_play import PlugAndPlay
from provd.vendors.vendor import Vendor
from tests.conftest import PHONE, House

REACH = Reach(
    "https://p.example/", "https://old.example/", "http://p.example/", "tftp://p.example/",
    "p.example", None,
)  # fmt: skip
MAC = Mac.parse(PHONE)
AT_SITE = ip_address("192.0.2.7")
ON_BENCH = ip_address("127.0.0.2")
Ask = Callable[..., str | Reason]


@pytest.fixture(scope="module")
def house(demonstration_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests here: what they change, `ask` puts right."""
    data = Path(shutil.copytree(demonstration_data, tmp_path_factory.mktemp("house") / "data"))
    given = {"data": str(data), "networks.bench": str(ON_BENCH)}
    parts = build(configuration_from({}, given))
    yield House(parts, data)
    parts.close()


@pytest.fixture
def ask(house: House) -> Ask:
    """The phone of the demonstration, whose site has one network."""
    parts = house.parts
    placement = parts.store.devices.placement(MAC)
    assert placement is not None
    parts.store.sites.update(placement.site.id, networks=[ip_network("192.0.2.0/28")], settings={})

    def asked(mac: Mac = MAC, address: IPAddress = AT_SITE, seen_as: str = "") -> str | Reason:
        bench = parts.configuration.networks.bench
        found = PlugAndPlay(parts.store.devices, parts.registry, parts.profiles, bench, REACH)
        return found.url(mac, address, seen_as)

    return asked


def test_phones_are_awaited_on_the_bench_and_in_the_sites_networks(ask: Ask, house: House) -> None:
    parts = house.parts
    bench = parts.configuration.networks.bench
    networks = parts.store.sites.all_networks
    found = PlugAndPlay(parts.store.devices, parts.registry, parts.profiles, bench, REACH, networks)
    assert found.is_ours(ON_BENCH)
    assert found.is_ours(AT_SITE)
    assert not found.is_ours(ip_address("192.0.2.16"))


def site_settings(house: House, **settings: object) -> None:
    placement = house.parts.store.devices.placement(MAC)
    assert placement is not None
    given = {key.replace("_", "."): value for key, value in settings.items()}
    house.parts.store.sites.update(placement.site.id, settings=given)


def test_a_registered_phone_is_told_in_its_sites_networks_and_on_the_bench(ask: Ask) -> None:
    assert ask() == ask(address=ON_BENCH) == "https://p.example/"


def test_elsewhere_it_is_told_nothing(ask: Ask) -> None:
    for address in ("192.0.2.16", "127.0.0.1", "2001:db8::7"):
        assert ask(address=ip_address(address)) is Reason.NOT_TRUSTED


def test_a_stranger_is_told_nothing_wherever_it_is(ask: Ask) -> None:
    stranger = Mac.parse("80:5e:c0:99:99:99")
    assert ask(stranger) is ask(stranger, ON_BENCH) is Reason.UNKNOWN_MAC


def test_a_phone_that_has_no_lease_any_more_is_told_nothing(
    ask: Ask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = house.parts.store.devices.find(MAC)
    assert found is not None
    ended = SimpleNamespace(standing=replace(found.standing, state=State.RETIRED))
    monkeypatch.setattr(house.parts.store.devices, "find", lambda mac: ended)
    assert ask() is Reason.WRONG_STATE


def test_no_url_bears_a_token(ask: Ask, house: House) -> None:
    placement = house.parts.store.devices.placement(MAC)
    assert placement is not None
    assert placement.enrolment.token.reveal() not in str(ask())


def test_phones_of_old_tls_are_sent_where_that_is_spoken(ask: Ask, house: House) -> None:
    site_settings(house, provisioning_legacy=True)
    assert ask() == "https://old.example/"


def speaking(vendor: Vendor, *schemes: str) -> Any:
    row = vendor.dhcp[0].model_copy(update={"schemes": list(schemes)})
    return property(lambda self: (row,))


def test_phones_without_https_are_sent_to_what_they_speak_where_that_is_trusted(
    ask: Ask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement = house.parts.store.devices.placement(MAC)
    assert placement is not None
    vendor = house.parts.registry.vendor(placement.device.vendor)
    monkeypatch.setattr(Vendor, "dhcp", speaking(vendor, "tftp"))
    assert ask() == "tftp://p.example/"
    site_settings(house, trust_ways=["enrolment"])
    assert ask() is Reason.PLAIN_TRANSPORT
    assert ask(address=ON_BENCH) == "tftp://p.example/"


def test_while_the_database_is_away_nobody_is_told_anything(
    ask: Ask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(mac: Mac) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(house.parts.store.devices, "find", away)
    assert ask() is Reason.UNAVAILABLE


def test_a_device_of_a_vendor_that_is_gone_is_told_nothing(
    ask: Ask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.parts.registry, "_vendors", {})
    assert ask() is Reason.CANNOT_RENDER


def test_a_phone_that_says_it_is_of_another_vendor_is_answered_and_told_of(ask: Ask) -> None:
    with capture_logs() as logs:
        assert ask(seen_as="acme") == "https://p.example/"
    (told,) = logs
    assert (told["event"], told["says"]) == ("pnp_other_vendor", "acme")
    with capture_logs() as logs:
        ask(seen_as=told["registered"])
    assert logs == []
