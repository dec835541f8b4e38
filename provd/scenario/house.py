"""A whole provd in memory: no file, no socket, and a clock that stands still until it is moved."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from provd.app import wire
from provd.configuration import Configuration
from provd.crypto.sealing import Sealer
from provd.devices.settings import VOCABULARY
from provd.errors import InputError
from provd.operations import Operations
from provd.operations.bench import SimulatedBench
from provd.operations.telling import Reached, Telling
from provd.provisioning.credentials import Credentials
from provd.provisioning.files import Files
from provd.simulator import BootServer
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

_KEY_OCTETS = 32


class Clock:
    """Tells the moment that it was moved to last."""

    def __init__(self) -> None:
        self.now = datetime(2000, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Untold(Telling):
    """There are no phones to be told."""

    def all(self, device_ids: Collection[int], by: str) -> Reached:
        return Reached(0, len(device_ids))

    def soon(self, device_ids: Collection[int], by: str) -> None:
        self.all(device_ids, by)


@dataclass(frozen=True, slots=True)
class House:
    store: Store
    registry: Registry
    operations: Operations
    clock: Clock


@contextmanager
def house(configuration: Configuration) -> Iterator[House]:
    """Vendors and profiles are the configuration's, all else is empty. For one thread."""
    key = os.urandom(_KEY_OCTETS)
    registry, profiles = Registry.load(configuration.plugins), Profiles.load(configuration.profiles)
    secret_keys = [setting.key for setting in VOCABULARY.values() if setting.secret]
    store, clock = Store.in_memory(sealer=Sealer(key), secret_keys=secret_keys), Clock()
    files = Files(
        registry,
        profiles,
        public_url="",
        host="",
        clock=clock,
        credentials=Credentials(key),
    )
    bench = SimulatedBench(registry, _no_daemon, ())
    operations = wire(
        store, registry, profiles, files, bench, configuration, now=clock, tells=Untold
    )
    try:
        yield House(store, registry, operations, clock)
    finally:
        store.close()


def _no_daemon() -> BootServer:
    raise InputError("no daemon runs in a scenario")
