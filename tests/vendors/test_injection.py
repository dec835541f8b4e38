"""No value can add a setting: every field and every text setting of every vendor, hostile.

Each file is built twice, once with a harmless mark in the field and once with the hostile text.
Either the second build is refused, or what the phone reads differs in the mark alone.
The texts go past the checks at the entry on purpose, so that the encoders stand alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provd.devices.contact import Contact
from provd.devices.device import Key, Line
from provd.devices.kinds import Kind
from provd.devices.layers import Settings
from provd.devices.secret import Secret
from provd.devices.settings import LINE_FIELDS, VOCABULARY
from provd.errors import RenderError
from provd.vendors.formats import FORMATS
from provd.vendors.registry import Registry
from provd.vendors.values import FileKind, Phone
from provd.vendors.vendor import Vendor

REGISTRY = Registry.load(Path(__file__).parents[2] / "plugins", entry_points=False)
PLUGINS = Path(__file__).parents[2] / "plugins"


def models_of_cases() -> list[tuple[str, str]]:
    """Each vendor's cases have a phone of each of its families, old and new."""
    return [
        (path.parents[1].name, model)
        for path in sorted(PLUGINS.glob("*/tests/cases.yaml"))
        for model in sorted({case["model"] for case in yaml.safe_load(path.read_text("utf-8"))})
    ]


MODELS = models_of_cases()
MARK = "zq9x"


def takes_a_text(key: str) -> bool:
    """Numbers, truth and choices have no hostile text: a type or a table of words bars it."""
    kind = VOCABULARY[key].kind
    return not kind.words and not any(accepts(kind, value) for value in (True, 5, 600, ["a"], ["1"]))


def accepts(kind: Kind, value: object) -> bool:
    try:
        kind.check(value)
    except ValueError:
        return False
    return True


TEXTS = sorted(key for key in VOCABULARY if takes_a_text(key) and key != "time.zone")
# These are rewritten on their way (a scheme cut off, a digit map in the vendor's own form), so that
# only the keys can be compared.
REWRITTEN = {"phonebook.url", "dial_plan.digit_map", "tones.country"}

HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from([
        "x\naccount.2.enable = 1", "x\r\nP2 = admin", 'x" reg.9.address="evil', "x' a='b",
        "</P35><P2>admin</P2><P35>", "<!-- ", "]]>", "&amp;", "%NULL%", "#!version:1.0.0.1",
        "x\u2028account.2.enable = 1", "x\x85y = 1", "{{ 7 * 7 }}", "{% raw %}", "$MAC", "\\n", "=",
        " blank", "blank ", "[PHONE_MAC_ADDRESS]", "2001:db8::1", "::", "\ud800", "x\x00y",
    ]),
)  # fmt: skip

RAW_NAMES = ("x.y", "P99999", "x", "X_Y")

Pairs = list[tuple[str, str]]


def everything_read(vendor: Vendor, phone: Phone) -> Pairs:
    return [
        pair
        for file in vendor.files
        if file.template and file.format and file.per_device and file.fits(phone.model)
        for pair in FORMATS[file.format].read(vendor.render(file, phone).decode(file.encoding))
    ]


def compare(vendor: Vendor, harmless: Phone, hostile: Phone, text: str, *, exact: bool) -> None:
    try:
        found = everything_read(vendor, hostile)
    except RenderError:
        return
    expected = everything_read(vendor, harmless)
    assert [key for key, _ in found] == [key for key, _ in expected]
    for (_, value), (_, marked) in zip(found, expected, strict=True):
        if exact:
            assert value in {marked.replace(MARK, text), marked.replace(MARK, f"[{text}]")}


@pytest.fixture(scope="module", params=MODELS, ids=lambda pair: "-".join(pair))
def phone(request: pytest.FixtureRequest, make_phone: Callable[..., Phone]) -> Phone:
    vendor = REGISTRY.vendor(request.param[0])
    return make_phone(vendor, request.param[1], lines=[{"user": "1", "password": "p"}])


def with_line(phone: Phone, **fields: Any) -> Phone:
    first, *others = phone.device.lines
    lines = (dataclasses.replace(first, **fields), *others)
    return dataclasses.replace(phone, device=dataclasses.replace(phone.device, lines=lines))


def with_setting(phone: Phone, key: str, value: object) -> Phone:
    values = dict(phone.settings.items()) | {key: value}
    return dataclasses.replace(phone, settings=Settings(values, ()))


def blf_key(field: str, word: str) -> Key:
    return Key(2, "blf", value=word) if field == "value" else Key(2, "blf", "1", label=word)


def contact(field: str, word: str) -> Contact:
    return Contact(word, (("work", "1"),)) if field == "name" else Contact("n", (("work", word),))


quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("field", sorted(LINE_FIELDS))
@quick
@given(text=HOSTILE.filter(bool))
def test_a_line_s_field(phone: Phone, field: str, text: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    wrap = Secret if field == "password" else str
    marked, hostile = (with_line(phone, **{field: wrap(word)}) for word in (MARK, text))
    compare(vendor, marked, hostile, text, exact=True)


@pytest.mark.parametrize("key", TEXTS)
@quick
@given(text=HOSTILE.filter(bool))
def test_a_setting(phone: Phone, key: str, text: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    wrap = Secret if VOCABULARY[key].secret else str
    before = "http://" if VOCABULARY[key].kind.wanted.startswith("Give a URL") else ""
    marked, given_text = before + MARK, before + text
    harmless = with_setting(phone, key, wrap(marked))
    hostile = with_setting(phone, key, wrap(given_text))
    compare(vendor, harmless, hostile, text, exact=key not in REWRITTEN)


@quick
@given(text=HOSTILE)
def test_a_raw_parameter_s_value(phone: Phone, text: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    name = next(name for name in RAW_NAMES if vendor.takes_raw(name))
    key = f"raw.{vendor.name}.{name}"
    harmless, hostile = (with_setting(phone, key, word) for word in (MARK, text))
    compare(vendor, harmless, hostile, text, exact=True)


@pytest.mark.parametrize("name", ["a=b", "P2</P2>", 'x="1" y', "a\nb", "<", "1"])
def test_a_raw_parameter_s_name(phone: Phone, name: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    hostile = with_setting(phone, f"raw.{vendor.name}.{name}", "x")
    with pytest.raises(RenderError, match="no parameter has such a name"):
        everything_read(vendor, hostile)


@pytest.mark.parametrize("field", ["value", "label"])
@quick
@given(text=HOSTILE)
def test_a_key_s_field(phone: Phone, field: str, text: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    if phone.model.keys < 2 or "blf" not in vendor.key_kinds:
        return
    marked, hostile = (
        dataclasses.replace(
            phone,
            device=dataclasses.replace(phone.device, keys=(blf_key(field, word),)),
        )
        for word in (MARK, text)
    )
    compare(vendor, marked, hostile, text, exact=True)


@pytest.mark.parametrize("field", ["name", "number"])
@quick
@given(text=HOSTILE)
def test_a_contact_s_field(phone: Phone, field: str, text: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    marked, hostile = (
        dataclasses.replace(phone, contacts=(contact(field, word),), provisioning_url="https://x/")
        for word in (MARK, text)
    )
    compare(vendor, marked, hostile, text, exact=True)


@quick
@given(text=HOSTILE)
def test_the_provisioning_url(phone: Phone, text: str) -> None:
    vendor = REGISTRY.vendor(phone.device.vendor)
    marked, hostile = (
        dataclasses.replace(phone, provisioning_url=f"https://{word}") for word in (MARK, text)
    )
    compare(vendor, marked, hostile, text, exact=False)


def test_the_texts_tried_are_most_of_the_vocabulary() -> None:
    assert {"sip.registrar", "web.admin_password", "syslog.server", "provisioning.user"} < set(
        TEXTS
    )
    assert {line.name for line in dataclasses.fields(Line)} == {"number", *LINE_FIELDS}
    assert isinstance(REGISTRY.vendor("yealink").file("device"), FileKind)
