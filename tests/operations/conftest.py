"""The demonstration at a fixed time, with a clock that tests move: 12 August 2026, 10:00 in Berlin,
so that 20 of August's 31 days are left to be leased."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from provd import app
from provd.app import build
from provd.configuration import Configuration
from provd.configuration_file import configuration_from
from provd.crypto import passwords
from provd.demonstration import Demonstration, load
from provd.vendors.registry import Registry

START = datetime(2026, 8, 12, 8, tzinfo=UTC)


class Clock:
    """Stands still until somebody moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


Load = Callable[..., Registry]


@pytest.fixture(scope="session")
def vendors_read_once() -> Load:
    """Reading the vendors' folders takes most of the time in which a house is built."""
    usual, load = Configuration().plugins, Registry.load
    registry = load(usual)
    return lambda folder, **how: registry if folder == usual else load(folder, **how)


@pytest.fixture(scope="session")
def demonstration_data(tmp_path_factory: pytest.TempPathFactory, vendors_read_once: Load) -> Path:
    data = tmp_path_factory.mktemp("operations")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "now", Clock(START))
        _quicken(patch, vendors_read_once)
        parts = build(configuration_from({}, {"data": str(data)}))
        load(parts.operations, Demonstration.read(), data)
        parts.close()
    return data


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch, vendors_read_once: Load) -> None:
    _quicken(monkeypatch, vendors_read_once)


def _quicken(patch: pytest.MonkeyPatch, load: Load) -> None:
    patch.setattr(Registry, "load", load)
    patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Before `house`, which is wired with it."""
    made = Clock(START + timedelta(hours=1))
    monkeypatch.setattr(app, "now", made)
    return made
