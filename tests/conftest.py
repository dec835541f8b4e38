"""A whole provd without sockets, filled with the demonstration: made once, copied for each test."""

import gc
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provd.app import Provd, build
from provd.configuration_file import configuration_from
from provd.demonstration import Demonstration, load
from provd.devices.account import AccountKind, Role
from provd.operations import Actor
from tests.order import ordered

PHONE = "80:5e:c0:00:00:01"
ORDER = "HDP-1001"


@dataclass
class House:
    """The parts, the actors of the demonstration, and its data folder."""

    parts: Provd
    data: Path

    def actor(self, role: Role) -> Actor:
        users = self.parts.store.users.in_scope(Actor("", Role.ADMIN, 1).scope)
        user = next(user for user in users if user.role is role)
        return Actor(user.name, role, user.account_id)

    @property
    def admin(self) -> Actor:
        return self.actor(Role.ADMIN)

    @property
    def reseller(self) -> Actor:
        return self.actor(Role.RESELLER)

    @property
    def customer(self) -> Actor:
        return self.actor(Role.CUSTOMER)

    @property
    def warehouse(self) -> Actor:
        return self.actor(Role.FULFILMENT)

    def stranger(self) -> Actor:
        """Another reseller, who must see nothing of the demonstration's."""
        made = self.parts.operations.setup.create_reseller("Stranger Telecom")
        return Actor("stranger", Role.RESELLER, made.id)


@pytest.fixture(scope="session")
def demonstration_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("demonstration")
    parts = build(configuration_from({}, {"data": str(data)}))
    load(parts.operations, Demonstration.read(), data)
    parts.close()
    return data


@pytest.fixture
def house(demonstration_data: Path, tmp_path: Path) -> Iterator[House]:
    data = tmp_path / "data"
    shutil.copytree(demonstration_data, data)
    (data / "provd.yaml").write_text("networks: {bench: [127.0.0.2/32]}\n")
    parts = build(configuration_from({}, {"data": str(data)}))
    yield House(parts, data)
    parts.close()


def after(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests come to stay: looking again and again for some that could be thrown away
    took a fifth of collecting them, and they need not be looked at while they run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, and else as they are written."""
    if hasattr(config, "workerinput"):
        items[:] = ordered(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out is told in words: an s among a thousand dots is seen by nobody."""
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        terminalreporter.write_line(f"NOT TRIED: {report.nodeid}: {reason}", yellow=True)


__all__ = ["ORDER", "PHONE", "AccountKind", "House", "after"]
