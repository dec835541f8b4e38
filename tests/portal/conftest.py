"""The portal upon the real operations and a real SQLite."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from provd.crypto import passwords
from provd.crypto.sealing import Sealer
from provd.portal import PortalSettings
from provd.store import Store
from tests.portal.applications import ADDRESSES, application
from tests.portal.house import Clock, House, furnish, opened
from tests.portal.visitor import Visitor


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer(os.urandom(32))


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hundreds of sign-ins: the hash is the same kind, only cheaper."""


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)


@pytest.fixture(scope="session")
def furnished(sealer: Sealer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A furnished database to copy: hashing everybody's password takes a while."""
    path = tmp_path_factory.mktemp("furnished") / "provd.db"
    store = Store.open(f"sqlite:///{path}", sealer=sealer)
    store.migrate(path.parent / "backups")
    store.close()
    with pytest.MonkeyPatch.context() as patch, opened(path, sealer, Clock()) as house:
        patch.setattr(passwords, "_HASHER", CHEAP)
        furnish(house)
    return path


@pytest.fixture
def house(furnished: Path, sealer: Sealer, tmp_path: Path) -> Iterator[House]:
    for part in furnished.parent.glob("provd.db*"):
        shutil.copy(part, tmp_path)
    with opened(tmp_path / "provd.db", sealer, Clock()) as house:
        yield house


@pytest.fixture
def app(house: House) -> Flask:
    return application(house, PortalSettings(phone_addresses=ADDRESSES))


@pytest.fixture
def visit(app: Flask) -> Callable[[str], Visitor]:
    """A visitor signed in under that name; "" for nobody."""
    return lambda name: Visitor.of(app, name)
