"""Phones of an order booted with the phone simulator, from an address of the bench."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from provd.devices.lifecycle import Place, State
from provd.errors import InputError, NotFoundError
from provd.operations import bench as bench_module
from provd.operations.bench import SimulatedBench, bench_address
from provd.operations.charging import Charging
from provd.operations.fulfilment import Fulfilment
from provd.simulator import BootReport, BootServer
from provd.vendors.values import PhoneReading
from tests.conftest import ORDER, House
from tests.operations.deliveries import BENCH, all_files, charges

PHONE = "64:16:7f:00:00:12"
COMPLETE = BootReport((), PhoneReading({}, ()), ())
SERVER = BootServer("127.0.0.1", 1, 2, 3)


def now() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture
def fulfilment(house: House) -> Fulfilment:
    parts = house.parts
    networks = parts.configuration.networks.bench
    return Fulfilment(
        parts.store,
        parts.registry,
        Charging(parts.store),
        clock=now,
        bench=SimulatedBench(parts.registry, lambda: SERVER, networks),
        pause=lambda seconds: None,
    )


@pytest.fixture
def boots_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., BootReport]], None]:
    """The simulated phones do what the given function does."""
    return lambda boot: monkeypatch.setattr(bench_module, "boot", boot)


def test_a_phone_that_boots_on_the_bench_has_fetched_and_can_be_staged_and_costs_nothing(
    house: House, fulfilment: Fulfilment, boots_as: Callable[[Callable[..., BootReport]], None]
) -> None:
    asked: dict[str, Any] = {}

    def boot(vendor: Any, model: Any, mac: Any, server: BootServer, **how: Any) -> BootReport:
        asked.update(how, mac=str(mac), model=model.name, server=server)
        house.parts.operations.boots.book(all_files(house.parts, PHONE, now(), Place.BENCH))
        return COMPLETE

    boots_as(boot)
    found = fulfilment.boot(house.warehouse, ORDER, PHONE)
    assert found.fetched_at is not None
    assert found.fetched_from == BENCH
    assert asked["source_address"] == "127.0.0.2"
    assert (asked["mac"], asked["model"], asked["server"]) == (PHONE, "VVX_450", SERVER)
    assert fulfilment.stage(house.warehouse, ORDER, PHONE).device.state is State.STAGED
    assert charges(house.parts) == []


def test_a_phone_that_does_not_get_all_is_an_error_that_names_what_is_missing(
    house: House, fulfilment: Fulfilment, boots_as: Callable[[Callable[..., BootReport]], None]
) -> None:
    boots_as(lambda *_, **__: BootReport((), None, ("a.cfg", "b.cfg")))
    with pytest.raises(InputError, match=r"Missing: a\.cfg, b\.cfg"):
        fulfilment.boot(house.warehouse, ORDER, PHONE)


def test_without_the_simulator_phones_boot_by_themselves(house: House) -> None:
    plain = house.parts.operations.fulfilment
    assert not plain.simulates
    with pytest.raises(InputError, match="Plug it in"):
        plain.boot(house.warehouse, ORDER, PHONE)


def test_a_reseller_boots_nothing_on_the_bench(house: House, fulfilment: Fulfilment) -> None:
    with pytest.raises(NotFoundError):
        fulfilment.boot(house.reseller, ORDER, PHONE)


def test_an_address_of_this_machine_on_the_bench_is_found() -> None:
    assert bench_address([ip_network("198.51.100.0/24"), ip_network("127.0.0.7/32")]) == "127.0.0.7"
    assert bench_address([ip_network("127.0.0.0/8")]) == "127.0.0.1"


def test_a_machine_that_is_not_on_the_bench_is_told_what_to_do() -> None:
    with pytest.raises(InputError, match=r"--source|--wait"):
        bench_address([ip_network("198.51.100.0/24")])
