"""What a YAML or JSON file of phones may hold: the models that check it, and its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from provd.devices.keys import KEY_KINDS
from provd.devices.settings import VOCABULARY, setting

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_RANGE = (
    "1-48, or 1-8,10. In the texts beside it {n} is the number, {n:03} the same with three digits, "
    "{n+199} with 199 added"
)


class _Strict(BaseModel):
    """Unknown keys are refused, and nothing is converted: an unquoted 0171 is no SIP user."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LineDocument(_Strict):
    """A line, or with `numbers` many lines at once."""

    user: Annotated[str, Field(description="SIP user, without a domain, in quotes")]
    password: Annotated[str, Field(description="Its SIP password")] = ""
    passwords: Annotated[
        list[str], Field(description="With numbers: a SIP password for each line, in their order")
    ] = []
    number: Annotated[
        int | None, Field(description="The line's number; without, by its place", ge=1, le=250)
    ] = None
    numbers: Annotated[str, Field(description=f"Many lines at once: {_RANGE}")] = ""
    auth_user: Annotated[
        str, Field(description="SIP user for authentication, where it differs")
    ] = ""
    display_name: Annotated[str, Field(description="What the called party sees")] = ""
    label: Annotated[str, Field(description="What the phone's own display shows")] = ""
    registrar: Annotated[str, Field(description="This line's own registrar")] = ""
    voicemail: Annotated[str, Field(description="This line's own message number")] = ""


class KeyDocument(_Strict):
    """A programmable key, or many at once."""

    positions: Annotated[str | int, Field(description=f"Which keys: {_RANGE}")]
    kind: Annotated[
        str,
        Field(
            description="What pressing it does",
            json_schema_extra={
                "oneOf": [
                    {"const": kind.name, "description": kind.doc} for kind in KEY_KINDS.values()
                ]
            },
        ),
    ]
    value: Annotated[str, Field(description="Whom it calls or shows, in quotes")] = ""
    label: Annotated[str, Field(description="What stands beside the key")] = ""
    line: Annotated[str | int, Field(description="The line that it acts on; it may be {n}")] = 1
    module: Annotated[
        int, Field(description="Of that expansion module; 0: of the phone itself", ge=0, le=20)
    ] = 0


class DeviceDocument(_Strict):
    """One phone."""

    mac: Annotated[str, Field(description="The MAC address, in any notation, in quotes")]
    vendor: Annotated[str, Field(description="The vendor's name")]
    model: Annotated[str, Field(description="The model as on its label: T46U, t-46 u")]
    site: Annotated[str, Field(description="The site's name, customer/site, or its number")]
    customer: Annotated[
        str,
        Field(description="The customer's name, where several have a site of the same name"),
    ] = ""
    plan: Annotated[
        str, Field(description="The plan's name or number; without, it costs nothing")
    ] = ""
    label: Annotated[str, Field(description="What people there call the phone")] = ""
    profile: Annotated[str, Field(description="Name of a profile of settings")] = ""
    order: Annotated[
        str, Field(description="Reference of the order that it ships with; a new one is made")
    ] = ""
    lines: Annotated[list[LineDocument], Field(description="Its SIP accounts", min_length=1)]
    keys: Annotated[
        list[KeyDocument] | None, Field(description="Its programmable keys, at most one for each")
    ] = None
    settings: Annotated[
        dict[str, Any],
        Field(description="The phone's own settings, by their keys, nested or with dots"),
    ] = {}
    raw: Annotated[
        dict[str, str | int | bool],
        Field(description="The vendor's own parameters, let through as they are"),
    ] = {}


class ContactDocument(_Strict):
    """An entry of a customer's phone book, with a number of any kind."""

    name: Annotated[str, Field(description="As phones show it")]
    work: Annotated[str, Field(description="Number at work, in quotes")] = ""
    mobile: Annotated[str, Field(description="Mobile number")] = ""
    home: Annotated[str, Field(description="Number at home")] = ""
    other: Annotated[str, Field(description="Another number")] = ""


class SiteDocument(_Strict):
    """A customer's place, made where the customer has none of that name."""

    name: Annotated[str, Field(description="What people call it")]
    networks: Annotated[
        list[str],
        Field(description="Addresses of its phones, trusted on TFTP and HTTP: 192.0.2.0/24"),
    ] = []
    time_zone: Annotated[
        str, Field(description="IANA name, for example Europe/Berlin; without, the customer's")
    ] = ""
    settings: Annotated[
        dict[str, Any], Field(description="What its phones are told, nested or with dots")
    ] = {}


class CustomerDocument(_Strict):
    """A customer, made where there is none of that name. One that there is stays as it is; what the
    file says of it must be so."""

    name: Annotated[str, Field(description="What people call the customer")]
    reseller: Annotated[
        str, Field(description="Whose customer it is; without, that of whoever imports")
    ] = ""
    time_zone: Annotated[
        str, Field(description="IANA name; without, that of the reseller or provider")
    ] = ""
    settings: Annotated[
        dict[str, Any], Field(description="What all its phones are told, nested or with dots")
    ] = {}
    contacts: Annotated[list[ContactDocument], Field(description="Its phone book")] = []
    sites: Annotated[list[SiteDocument], Field(description="Its places")] = []


class DocumentFile(_Strict):
    """Customers and sites to be made where there are none, and phones to be registered: all of it,
    or nothing."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["devices"]}, {"required": ["customers"]}]}
    )

    schema_: Annotated[
        str, Field(alias="$schema", description="Where an editor finds this schema")
    ] = ""
    customers: Annotated[
        list[CustomerDocument], Field(description="Customers, with their sites", min_length=1)
    ] = []
    devices: Annotated[list[DeviceDocument], Field(description="The phones", min_length=1)] = []


def json_schema() -> dict[str, Any]:
    """Of a whole file (draft 2020-12), every field documented."""
    schema = DocumentFile.model_json_schema()
    definitions = schema["$defs"]
    definitions["Settings"] = _settings_schema()
    for name in ("DeviceDocument", "CustomerDocument", "SiteDocument"):
        properties = definitions[name]["properties"]
        description = properties["settings"]["description"]
        properties["settings"] = {"$ref": "#/$defs/Settings", "description": description}
    return {"$schema": DIALECT, **schema, "title": "provd import"}


def _settings_schema() -> dict[str, Any]:
    """Every key with dots, and the same nested: {time: {zone: ...}}."""
    properties: dict[str, Any] = {}
    for row in VOCABULARY.values():
        own: Mapping[str, object] = {**row.kind.schema, "description": _sentence(row.key)}
        if "." in row.key:
            properties[row.key] = own
        at = properties
        *above, last = row.key.split(".")
        for part in above:
            at = at.setdefault(part, _group(part))["properties"]
        at[last] = own
    raw = {**setting("raw.vendor.parameter").kind.schema, "description": "A vendor's own parameter"}
    return {
        **_group("settings"),
        "description": "Settings by their keys",
        "properties": properties,
        "patternProperties": {r"^raw\.[a-z][a-z0-9_]*\.": raw},
    }


def _group(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"All that begins with {name}.",
        "properties": {},
        "additionalProperties": False,
    }


def _sentence(key: str) -> str:
    row = VOCABULARY[key]
    return f"{row.doc}. {row.kind.wanted}."
