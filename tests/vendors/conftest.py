"""Phones to render for, made as the rest of provd would make them, but without a database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from provd.devices.contact import Contact
from provd.devices.device import Device, Key, Line
from provd.devices.layers import Layer, flatten, merge
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import FileKind, Phone, SharedPhone, ToldFirmware
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

    def make(
        vendor: Vendor,
        model: str,
        *,
        mac: str = "805ec0123456",
        lines: Sequence[Mapping[str, Any]] = ({"user": "100", "password": "p4ss"},),
        keys: Sequence[Mapping[str, Any]] = (),
        settings: Mapping[str, object] | None = None,
        provisioning_url: str = "",
        contacts: Sequence[Mapping[str, Any]] = (),
        firmware: Mapping[str, str] | None = None,
    ) -> Phone:
        row = vendor.model(model)
        device = Device(
            id=1,
            mac=Mac(mac),
            vendor=vendor.name,
            model=row.name,
            site_id=1,
            state=State.REGISTERED,
            registered_at=datetime(2026, 1, 1, tzinfo=UTC),
            lines=tuple(_line(number, line) for number, line in enumerate(lines, start=1)),
            keys=tuple(Key(**key) for key in keys),
        )
        given = {"sip.registrar": "sip.example.com"} if settings is None else flatten(settings)
        merged = merge([profiles.default, Layer("the test", given)])
        return Phone(
            device,
            row,
            merged,
            provisioning_url,
            "phones.example.com",
            TODAY,
            tuple(_contact(one) for one in contacts),
            ToldFirmware(**(firmware or {})),
        )

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
def check_cases(make_phone: MakePhone, request: pytest.FixtureRequest) -> CheckCases:
    """Renders a vendor's tests/cases.yaml and compares with tests/golden, byte for byte."""
    renew = bool(request.config.getoption("--renew-golden", default=False))

    def check(vendor: Vendor) -> None:
        folder = vendor.folder / "tests"
        expected: set[str] = set()
        for case in yaml.safe_load((folder / "cases.yaml").read_text("utf-8")):
            phone = make_phone(
                vendor, case["model"], **{k: case[k] for k in case.keys() - _NOT_OF_THE_PHONE}
            )
            for kind in case["files"]:
                file = vendor.file(kind)
                golden = folder / "golden" / _golden_name(case["name"], file)
                expected.add(golden.name)
                rendered = render(vendor, file, phone)
                if renew:
                    golden.write_bytes(rendered)
                assert rendered.decode(file.encoding) == golden.read_bytes().decode(
                    file.encoding
                ), golden.name
        assert expected == {path.name for path in (folder / "golden").iterdir()}

    return check


_NOT_OF_THE_PHONE = {"name", "model", "files"}


def render(vendor: Vendor, file: FileKind, phone: Phone) -> bytes:
    if file.per_device:
        return vendor.render(file, phone)
    shared = SharedPhone(phone.model, phone.settings, phone.server_host, phone.today)
    return vendor.render(file, shared)


def _golden_name(case: str, file: FileKind) -> str:
    return f"{case}.{file.name}{Path(file.pattern).suffix}"


def _line(number: int, fields: Mapping[str, Any]) -> Line:
    password = Secret(fields["password"])
    return Line(**{**fields, "number": number, "password": password})


def _contact(fields: Mapping[str, Any]) -> Contact:
    """{name: Ann, numbers: [[work, "100"]]}"""
    return Contact(fields["name"], tuple((kind, number) for kind, number in fields["numbers"]))
