"""Phones to render for, made as the rest of provd would make them, but without a database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from provd.vendors.cases import Case, phone_of
from provd.vendors.checking import problems
from provd.vendors.golden import renew
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)

SHOWN_FILE = re.compile(
    r"^### `plugins/(acme/[^`]+)`\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

MakePhone = Callable[..., Phone]
CheckCases = Callable[[Vendor], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden", action="store_true", help="write tests/golden of all vendors"
    )


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.load(ROOT / "plugins", entry_points=False)


@pytest.fixture(scope="session")
def profiles() -> Profiles:
    return Profiles.load(ROOT / "profiles")


@pytest.fixture(scope="session")
def make_phone(profiles: Profiles) -> MakePhone:
    """make_phone(vendor, "T46U", lines=[{...}], keys=[{...}], settings={...})."""

    def make(vendor: Vendor, model: str, **fields: Any) -> Phone:
        given = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()
        }
        case = Case.model_validate({"name": "made", "model": model, "files": [], **given})
        return phone_of(case, vendor, profiles.default)

    return make


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The folder that docs/adding-a-vendor.md shows, alone in an empty plugins folder."""
    document = (ROOT / "docs" / "adding-a-vendor.md").read_text("utf-8")
    for name, content in SHOWN_FILE.findall(document):
        path = tmp_path / "plugins" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return tmp_path / "plugins" / "acme"


@pytest.fixture
def check_cases(profiles: Profiles, request: pytest.FixtureRequest) -> CheckCases:
    """Compares what comes of a vendor's tests/cases.yaml with its tests/golden, byte for byte."""

    def check(vendor: Vendor) -> None:
        if request.config.getoption("--renew-golden", default=False):
            renew(vendor, profiles.default)
        assert [str(one) for one in problems(vendor.folder, profiles.default)] == []

    return check
