"""A vendor's own cases: phones in tests/cases.yaml whose files are looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provd.devices.contact import Contact
from provd.devices.device import Device, Key, Line
from provd.devices.layers import Layer, flatten, merge
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.devices.settings import check_line
from provd.errors import PluginError
from provd.vendors.values import FileKind, Model, Phone, SharedPhone, ToldFirmware
from provd.vendors.vendor import Vendor
from provd.vendors.yamlfile import Document, read_yaml

CASES = "cases.yaml"
TODAY = date(2026, 11, 22)
"""Daylight saving differs from year to year; the cases' phones live in this one."""

_BORN = datetime(2026, 1, 1, tzinfo=UTC)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LineRow(_Strict):
    """A SIP account; see `provd.devices.device.Line`. Lines are numbered in their order."""

    user: str
    password: str
    auth_user: str = ""
    display_name: str = ""
    label: str = ""
    registrar: str = ""
    voicemail: str = ""


class KeyRow(_Strict):
    """A programmable key; see `provd.devices.device.Key`."""

    position: int
    kind: str
    value: str = ""
    label: str = ""
    line: int = 1
    module: int = 0


class ContactRow(_Strict):
    """An entry of the customer's phone book: `numbers` are [kind, number]."""

    name: str
    numbers: list[Annotated[list[str], Field(min_length=2, max_length=2)]]


class FirmwareRow(_Strict):
    """The image that the phone is told to run."""

    file: str = ""
    version: str = ""
    url: str = ""


class Case(_Strict):
    """A phone, and the kinds of its files that are looked at. Without `settings` it has a registrar
    alone, over profiles/default.yaml and the vendor's own layers."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$")]
    model: str
    files: list[str]
    mac: str = "805ec0123456"
    lines: list[LineRow] = [LineRow(user="100", password="p4ss")]  # noqa: S106
    keys: list[KeyRow] = []
    settings: dict[str, Any] | None = None
    provisioning_url: str = ""
    contacts: list[ContactRow] = []
    firmware: FirmwareRow = FirmwareRow()


def read_cases(folder: Path) -> tuple[list[Case], list[PluginError]]:
    """Of a vendor's folder: the cases that are right, and what is wrong with the others. Raises
    PluginError where there is no such file, or it is no list."""
    path = folder / "tests" / CASES
    name = "/".join(path.parts[-4:])
    if not path.is_file():
        raise PluginError("there are no cases", where=name, remedy="Write a phone's case there")
    document = read_yaml(path, name)
    if not isinstance(document.data, list):
        raise PluginError("the cases are a list", where=name, remedy="Begin each with a dash")
    cases: list[Case] = []
    wrong: list[PluginError] = []
    for position, row in enumerate(document.data):
        try:
            cases.append(Case.model_validate(row))
        except ValidationError as error:
            wrong += [_wrong(found, document, position) for found in error.errors()]
    return cases, wrong


def phone_of(case: Case, vendor: Vendor, default: Layer) -> Phone:
    """Raises NotFoundError, SettingError, MacError."""
    model = vendor.model(case.model)
    lines = [
        check_line(Line(number, **{**row.model_dump(), "password": Secret(row.password)}))
        for number, row in enumerate(case.lines, start=1)
    ]
    device = Device(
        id=1,
        mac=Mac.parse(case.mac),
        vendor=vendor.name,
        model=model.name,
        site_id=1,
        state=State.REGISTERED,
        registered_at=_BORN,
        lines=tuple(lines),
        keys=tuple(Key(**row.model_dump()) for row in case.keys),
    )
    given = {"sip.registrar": "sip.example.com"} if case.settings is None else case.settings
    settings = merge([default, *vendor.layers(model), Layer("the case", flatten(given))])
    contacts = tuple(
        Contact(row.name, tuple((kind, number) for kind, number in row.numbers))
        for row in case.contacts
    )
    return Phone(
        device,
        model,
        settings,
        case.provisioning_url,
        "phones.example.com",
        TODAY,
        contacts,
        ToldFirmware(**case.firmware.model_dump()),
    )


def rendered(vendor: Vendor, file: FileKind, phone: Phone) -> bytes:
    """As it would be served, and before any encryption. Raises RenderError."""
    path = vendor.paths(phone.model, phone.device.mac).get(file.name, "")
    meant = [one.model for one in vendor.candidates(path) if one.file.name == file.name]
    return vendor.render(file, told(file, phone, meant[0] if meant else None))


def told(file: FileKind, phone: Phone, model: Model | None) -> Phone | SharedPhone:
    """What of the phone the file is made from: of a file for many phones what they share, and the
    model that its path tells."""
    if file.per_device:
        return phone
    url = f"https://{phone.server_host}/" if phone.provisioning_url else ""
    return SharedPhone(model, phone.settings, phone.server_host, phone.today, url)


def _wrong(found: Any, document: Document, position: int) -> PluginError:
    place = (position, *found["loc"])
    key = ".".join(str(part) for part in place)
    return PluginError(found["msg"], where=document.where(place), key=key)
