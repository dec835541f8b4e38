"""Phones as YAML or JSON: the rules of a CSV file, with keys and all else that they have."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from provd.devices.mac import Mac
from provd.errors import InputError, NotFoundError
from provd.operations import CheckedFile
from provd.operations.importing_documents import read_phones
from provd.operations.importing_reading import is_document
from tests.conftest import House
from tests.operations.forms import rows

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "import-sample.yaml"
SITE = "Harbour Dental Practice/Front desk"
SECRET = "sip-secret-of-177"


def phone(**changes: Any) -> dict[str, Any]:
    """One that can be registered."""
    return {
        "mac": "80:5e:c0:00:01:00",
        "vendor": "yealink",
        "model": "T46U",
        "site": SITE,
        "lines": [{"user": "177", "password": SECRET}],
        **changes,
    }


def as_yaml(*phones: object) -> bytes:
    return yaml.safe_dump({"devices": list(phones)}, sort_keys=False).encode()


def as_json(*phones: object) -> bytes:
    return json.dumps({"devices": list(phones)}, indent=1).encode()


def check(house: House, octets: bytes) -> CheckedFile:
    return house.parts.operations.importing.check(house.reseller, io.BytesIO(octets))


def mistakes(house: House, octets: bytes) -> list[tuple[int, str]]:
    checked = check(house, octets)
    assert checked.noun == "line"
    assert SECRET not in repr(checked.mistakes)
    return [(one.row, one.column) for one in checked.mistakes]


def test_a_value_that_a_file_can_not_hold_is_told_by_its_way(house: House) -> None:
    lines = [{"user": "177", "password": SECRET}, {"user": "178", "password": "%NULL%"}]
    settings = {"network": {"dot1x": {"mode": "eap-md5", "user": "%NULL%"}}}
    keys = [{"positions": 3, "kind": "blf", "value": "%NULL%"}]
    octets = as_yaml(phone(lines=lines, settings=settings, keys=keys))
    assert [way for _, way in mistakes(house, octets)] == [
        "lines.2.password",
        "settings.network.dot1x.user",
        "keys",
    ]


def test_the_sample_is_registered_with_all_that_it_has(house: House) -> None:
    importing = house.parts.operations.importing
    assert importing.register(house.reseller, check(house, SAMPLE.read_bytes())) == 2
    one = house.parts.store.devices.by_mac(Mac.parse("80:5e:c0:00:00:31"))
    assert one is not None
    assert [(key.position, key.value) for key in one.keys][:2] == [(3, "201"), (4, "202")]
    assert len(one.keys) == 9
    assert one.lines[1].label == "Fax"
    assert one.settings == {
        "language": "de",
        "sip.expires": 900,
        "network.vlan.id": 42,
        "raw.yealink.features.intercom.allow": 1,
    }
    gateway = house.parts.store.devices.by_mac(Mac.parse("80:5e:c0:00:00:32"))
    assert gateway is not None
    assert [line.user for line in gateway.lines] == [f"14{n}" for n in range(10)]
    placement = house.parts.store.devices.placement(one.mac)
    assert placement is not None
    house.parts.files.try_all(placement)


@pytest.mark.parametrize("form", [as_yaml, as_json])
def test_the_same_file_again_changes_nothing(house: House, form: Any) -> None:
    importing = house.parts.operations.importing
    octets = form(phone(keys=[{"positions": "1-3", "kind": "blf", "value": "{n}"}]))
    assert importing.register(house.reseller, check(house, octets)) == 1
    before = rows(house)
    again = check(house, octets)
    assert (again.unchanged, again.mistaken) == (1, 0)
    assert importing.register(house.reseller, again) == 0
    assert rows(house) == before
    other = check(house, form(phone(keys=[{"positions": "1-3", "kind": "blf", "value": "9{n}"}])))
    assert "differs there in keys" in other.mistakes[0].problem
    assert check(house, form(phone())).unchanged == 1, "it says nothing of keys"


def test_all_mistakes_are_told_at_once_with_their_lines(house: House) -> None:
    before = rows(house)
    octets = b"""\
devices:
  - mac: "80:5e:c0:00:00:41"
    vendor: yealink
    model: T46X
    site: nowhere
    lines:
      - {user: 101, password: "x"}
  - mac: "80:5e:c0:00:00:42"
    vendor: yealink
    model: T46U
    site: Front desk
    colour: red
    lines:
      - {numbers: "5-2", user: "1{n}", password: "secret-x"}
  - mac: "80:5e:c0:00:00:43"
    vendor: yealink
    model: T46U
    site: Front desk
    lines:
      - {numbers: "1-3", user: "a b", password: "secret-x"}
      - {user: "102", number: 2, password: x}
    keys:
      - {positions: "1-500", kind: blf, value: "{n}"}
      - {positions: "1-5", kind: blff, value: "{n}"}
    settings:
      time: {zona: UTC}
      sip.port: many
      language:
"""
    assert mistakes(house, octets) == [
        (4, "model"),
        (5, "site"),
        (7, "lines.1.user"),
        (12, "colour"),
        (14, "lines.1.numbers"),
        (20, "lines.1.user"),
        (21, "lines.2.number"),
        (23, "keys.1.positions"),
        (24, "keys.2.kind"),
        (26, "settings.time.zona"),
        (27, "settings.sip.port"),
        (28, "settings.language"),
    ]
    with pytest.raises(InputError, match="mistakes"):
        house.parts.operations.importing.register(house.reseller, check(house, octets))
    assert rows(house) == before


@pytest.mark.parametrize("form", [as_yaml, as_json])
@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"mac": "nonsense"}, "mac"),
        ({"mac": 805}, "mac"),
        ({"vendor": None}, "vendor"),
        ({"site": ["a"]}, "site"),
        ({"lines": []}, "lines"),
        ({"lines": [{"user": "1"}]}, "lines.1.password"),
        ({"lines": [{"user": "1", "password": "x", "passwords": ["x"]}]}, "lines.1.passwords"),
        ({"lines": [{"user": "1", "password": "x", "number": 99}]}, "lines.1.number"),
        ({"lines": [{"user": "{n}", "numbers": "1-3", "passwords": ["x"]}]}, "lines.1.passwords"),
        ({"lines": [{"user": "{q}", "numbers": "1-3", "password": "x"}]}, "lines.1.user"),
        ({"lines": [{"user": "1", "numbers": "1", "number": 1}]}, "lines.1.number"),
        ({"keys": [{"positions": [1], "kind": "blf"}]}, "keys.1.positions"),
        ({"keys": [{"positions": 1, "kind": "blf", "value": "1"},
                   {"positions": "1-2", "kind": "blf", "value": "2"}]}, "keys"),
        ({"settings": {"codecs": ["g722", "g722"]}}, "settings.codecs"),
        ({"settings": "time.zone"}, "settings"),
        ({"raw": {"a": [1]}}, "raw.a"),
        ({"profile": "nobodys"}, "profile"),
        ({1: 2}, "1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_key(
    house: House, form: Any, changes: dict[str, Any], key: str
) -> None:
    found = mistakes(house, form(phone(**{str(k): v for k, v in changes.items()})))
    assert {column for _, column in found} == {key}
    assert all(row > 1 for row, _ in found)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"devices:\n  - {a: *x}", "line 2: not YAML: found undefined alias"),
        (b"devices:\n  - {a: 1, a: 2}", "line 2, a: the key is given twice"),
        (b"devices: 3", "the file has no list of devices"),
        (b"devices: []", "the file names no phone"),
        (b"---\n- 1", "the file has no list of devices"),
        (b"devices: [{}]\nmore: 1", "line 2, more: there is no such key"),
        (b'{"devices": [}', "line 1: not JSON"),
        (b'{"devices": [{"a": 1, "a": 2}]}', "a: the key is given twice"),
        (b'{"devices": ' + b"9" * 5000 + b"}", "99999999999999999999… is too large a number"),
        (b"devices: " + b"1:" * 5000 + b"1", "1:1:1:1:1:1:1:1:1:1:… is too large a number"),
        (b"devices: !!bool maybe", "not YAML: KeyError"),
        (b"devices: !!timestamp soon", "not YAML: AttributeError"),
        (b'{"devices": ["\xff"]}', "it is not text in UTF-8"),
        (b"devices: [" + b"[" * 100_000, "it is nested too deeply"),
        (b"devices: &a [*a]", "it is nested too deeply|not YAML"),
        (b'{"devices": ' + b"[" * 100_000, "it is nested too deeply"),
        (b'{"devices": ' + b"[" * 20 + b"]" * 20 + b"}", "it is nested too deeply"),
        (b"devices: [{}, {}, {}]", "more than 2 phones"),
    ],
)
def test_what_is_no_such_file_at_all_is_one_error(octets: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_phones(octets, 2)


def test_aliases_can_not_make_much_of_little() -> None:
    text = "devices: []\na: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    with pytest.raises(InputError, match="too many values"):
        read_phones(text.encode(), 10)


@given(st.binary(max_size=80))
def test_no_octets_are_more_than_an_input_error(octets: bytes) -> None:
    for head in (b"devices:", b"{"):
        try:
            phones = read_phones(head + octets, 5)
        except InputError:
            continue
        for number in range(1, len(phones.items) + 1):
            for error in phones.cells(number)[1]:
                phones.locate(number, error.key)


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b"devices:\n", True),
        (b"# yaml-language-server: $schema=x\n\ndevices:", True),
        (b"---\n", True),
        (b'\xef\xbb\xbf{"devices": []}', True),
        (b"mac,vendor,model\n", False),
        (b"\nmac;vendor\n", False),
        (b"devices,mac\n", False),
        (b"", False),
    ],
)
def test_a_document_is_told_from_a_sheet_by_its_beginning(head: bytes, is_one: bool) -> None:
    assert is_document(head) is is_one


def test_a_strangers_site_does_not_exist(house: House) -> None:
    importing = house.parts.operations.importing
    checked = importing.check(house.stranger(), io.BytesIO(as_yaml(phone())))
    assert [one.column for one in checked.mistakes] == ["site"]
    with pytest.raises(NotFoundError):
        importing.check(house.customer, io.BytesIO(as_yaml(phone())))


def test_what_models_can_not_take_as_it_is_is_told_by_model_and_setting(house: House) -> None:
    settings = {"dial_plan.timeout": 20, "language": "nl", "lines.shared": [1]}
    phones = [
        phone(mac=f"80:5e:c0:00:01:{at:02x}", settings={**settings, "language": word})
        for at, word in enumerate(["nl", "nl", "de"])
    ]
    checked = check(house, as_yaml(*phones))
    assert checked.mistaken == 0
    assert [(one.model, one.key, one.devices, one.why) for one in checked.remarks] == [
        ("Yealink T46U", "dial_plan.timeout", 3, "20 is more than this model's 14; 14 is used"),
        ("Yealink T46U", "language", 2, "no word for nl at this vendor"),
    ]


def test_a_setting_that_a_model_has_not_is_told_whatever_its_value(house: House) -> None:
    gateway = phone(vendor="patton", model="SN4112", settings={"language": "de"})
    (told,) = check(house, as_yaml(gateway)).remarks
    assert (told.key, told.devices, told.why) == ("language", 1, "not supported by this model")
