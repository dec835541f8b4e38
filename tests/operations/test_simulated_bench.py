"""Phones of an order booted with the phone simulator, from an address of the bench."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from provd.devices.account import Role
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import InputError, NotFoundError
from provd.operations import bench as bench_module
from provd.operations.bench import SimulatedBench, bench_address
from provd.operations.charging import Charging
from provd.operations.fulfilment import Fulfilment
from provd.simulator import BootReport, BootServer
from provd.vendors.values import PhoneReading
from tests.conftest import ORDER, House
from tests.operations.deliveries import BENCH, deliver

FIRST = "80:5e:c0:00:00:11"
COMPLETE = BootReport((), PhoneReading({}, ()), ())


def simulated(
    house: House, monkeypatch: pytest.MonkeyPatch, boot: Callable[..., BootReport]
) -> Fulfilment:
    """A fulfilment whose simulated phones do what `boot` does."""
    monkeypatch.setattr(bench_module, "boot", boot)
    parts = house.parts
    server = BootServer("127.0.0.1", 1, 2, 3)
    networks = parts.configuration.networks.bench
    return Fulfilment(
        parts.store,
        parts.registry,
        Charging(parts.store),
        clock=bench_clock(house),
        bench=SimulatedBench(parts.registry, lambda: server, networks),
        pause=lambda seconds: None,
    )
