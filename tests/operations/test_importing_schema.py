"""The JSON Schema of import files: what the program takes it takes, every field is documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from provd.devices.keys import KEY_KINDS
from provd.devices.settings import VOCABULARY
from provd.operations.importing_schema import json_schema

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "import-sample.yaml"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def document(**changes: Any) -> dict[str, Any]:
    one = {
        "mac": "805ec0000100", "vendor": "acme", "model": "T1", "site": "Here",
        "lines": [{"user": "1", "password": "x"}],
    }  # fmt: skip
    return {"devices": [{**one, **changes}]}


def test_the_sample_holds(validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(yaml.safe_load(SAMPLE.read_text()))


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"time.zone": "Europe/Berlin", "time": {"format": "24h"}}},
        {"settings": {"codecs": ["g722", "pcma"], "raw.acme.x.y": 3}},
        {"raw": {"a": True, "b": 3, "c": "x"}},
        {
            "keys": [
                {"positions": 3, "kind": "none"},
                {"positions": "4-9", "kind": "dnd", "line": 2},
            ]
        },
        {"lines": [{"numbers": "1-48", "user": "10{n:02}", "passwords": ["a"]}]},
    ],
)
def test_a_good_document_holds(
    validator: jsonschema.Draft202012Validator, changes: dict[str, Any]
) -> None:
    validator.validate({"$schema": "provd.schema.json", **document(**changes)})


@pytest.mark.parametrize(
    "changes",
    [
        {"mac": 805},
        {"colour": "red"},
        {"lines": []},
        {"lines": [{"user": 101, "password": "x"}]},
        {"keys": [{"positions": 3, "kind": "lamp"}]},
        {"keys": [{"kind": "blf"}]},
        {"settings": {"time.zona": "UTC"}},
        {"settings": {"time": {"zona": "UTC"}}},
        {"settings": {"sip.port": "many"}},
        {"settings": {"sip.port": 70000}},
        {"settings": {"calls": {"dnd": "yes"}}},
        {"settings": {"codecs": ["g723"]}},
        {"raw": {"a": [1]}},
    ],
)
def test_a_bad_document_does_not(
    validator: jsonschema.Draft202012Validator, changes: dict[str, Any]
) -> None:
    assert not validator.is_valid(document(**changes))


def test_every_field_is_documented() -> None:
    schema = json_schema()
    missing = [way for way, one in properties(schema, ()) if not one.get("description")]
    assert missing == []


def test_every_setting_and_every_kind_of_key_is_in_it() -> None:
    schema = json_schema()["$defs"]
    settings = schema["Settings"]["properties"]
    assert set(VOCABULARY) <= set(settings)
    kinds = schema["KeyDocument"]["properties"]["kind"]["oneOf"]
    assert [kind["const"] for kind in kinds] == list(KEY_KINDS)


def test_every_sample_of_every_setting_holds(validator: jsonschema.Draft202012Validator) -> None:
    for row in VOCABULARY.values():
        for sample in row.kind.samples:
            given = list(sample) if isinstance(sample, tuple) else sample
            if not row.secret:
                validator.validate(document(settings={row.key: given}))


def properties(schema: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(schema, dict):
        return
    for name, one in schema.get("properties", {}).items():
        yield (*way, name), one
        yield from properties(one, (*way, name))
    for name, one in schema.get("$defs", {}).items():
        yield from properties(one, (name,))
