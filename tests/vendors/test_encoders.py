"""Encoders and readers, each format against itself and against a second parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from provd.devices.secret import Secret
from provd.errors import RenderError, SimulationError
from provd.vendors import readers
from provd.vendors.encoders import ENCODERS, key_value, plain, xml

CONTROL = ["\n", "\r", "\t", "\0", "\x0b", "\x85", "\u2028", "\u2029", "\ud800", "\uffff"]


@pytest.mark.parametrize("encoder", ENCODERS.values())
@pytest.mark.parametrize("character", CONTROL)
def test_control_characters_are_refused(encoder: object, character: str) -> None:
    assert callable(encoder)
    for value in (f"a{character}b", Secret(f"a{character}b")):
        with pytest.raises(RenderError) as caught:
            encoder(value)
        assert f"a{character}b" not in str(caught.value)


@pytest.mark.parametrize("value", [None, [], (), {}, 1.5, object()])
def test_what_has_no_text_is_refused(value: object) -> None:
    with pytest.raises(RenderError):
        plain(value)


def test_truth_is_one_and_falsehood_nought() -> None:
    assert (plain(True), plain(False), plain(7)) == ("1", "0", "7")


@pytest.mark.parametrize("value", [" a", "a ", "\u00a0a", " "])
def test_blanks_at_the_ends_are_refused_where_the_phone_would_drop_them(value: str) -> None:
    with pytest.raises(RenderError):
        key_value(value)
    assert xml(value) == value


@given(st.text())
def test_a_key_and_value_come_back_alone(value: str) -> None:
    try:
        written = key_value(value)
    except RenderError:
        return
    content = f"#!first\nbefore = 1\nkey = {written}\nafter = 2\n".encode()
    assert readers.key_value(content) == [("before", "1"), ("key", value), ("after", "2")]
    assert len(content.decode().splitlines()) == 4


@given(st.text())
def test_an_attribute_comes_back_alone(value: str) -> None:
    try:
        written = xml(value)
    except RenderError:
        return
    for content in (f'<a><b c="{written}" d="1"/></a>', f"<a><b c='{written}' d='1'/></a>"):
        assert readers.xml_attributes(content.encode()) == [("c", value), ("d", "1")]
        assert {
            str(k): str(v) for k, v in etree.fromstring(content.encode())[0].attrib.items()
        } == {"c": value, "d": "1"}


@given(st.text())
def test_an_element_comes_back_alone(value: str) -> None:
    try:
        written = xml(value)
    except RenderError:
        return
    content = f"<a><b>{written}</b><c>1</c></a>".encode()
    assert readers.xml_elements(content) == [("b", value), ("c", "1")]
    assert [(e.tag, e.text or "") for e in etree.fromstring(content)] == [("b", value), ("c", "1")]


def test_an_element_may_be_named_by_an_attribute() -> None:
    content = b'<gs><config version="2"><item name="account.1.name">Ann</item></config></gs>'
    assert readers.xml_elements(content) == [("account.1.name", "Ann")]


@pytest.mark.parametrize(
    "content",
    [b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
)
def test_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(SimulationError, match="document type"):
        readers.xml_attributes(content)


def test_what_is_no_xml_is_refused() -> None:
    with pytest.raises(SimulationError, match="not well-formed"):
        readers.xml_elements(b"<a><b></a>")
