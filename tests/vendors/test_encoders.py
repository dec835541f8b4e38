"""Encoders and readers, each format against itself and against a second parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from provd.devices.secret import Secret
from provd.errors import RenderError, SimulationError
from provd.vendors.formats import FORMATS, xml
from provd.vendors.formats.plain import plain, trimmed

CONTROL = ["\n", "\r", "\t", "\0", "\x0b", "\x85", "\u2028", "\u2029", "\ud800", "\uffff"]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("character", CONTROL)
def test_control_characters_are_refused(name: str, character: str) -> None:
    for value in (f"a{character}b", Secret(f"a{character}b")):
        with pytest.raises(RenderError) as caught:
            FORMATS[name].encode(value)
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
        trimmed(value)
    assert xml.encode(value) == value


LINES = {
    "key_value": ("{} = {}", "key"),
    "colon_value": ("{}: {}", "sip line1 key"),
    "colon_quoted": ('{}: "{}" ; comment', "key"),
    "quoted_value": ('{}="{}"', "KEY"),
    "percent_value": ('%{}%:"{}"', "KEY"),
    "short_value": ("{} {}", "KEY"),
    "set_value": ("SET {} {}", "KEY"),
    "ini": ("{}={}", "key"),
    "properties": ("{}={}", "a.key"),
}
"""Format -> how a template writes a line of it, and a key of its kind."""


@pytest.mark.parametrize("name", LINES)
@given(value=st.text() | st.sampled_from(['"', '"a"', "#a", "a #b", '"a #b', "a b", ";a", "", "="]))
def test_a_key_and_value_come_back_alone(name: str, value: str) -> None:
    line, key = LINES[name]
    encode = FORMATS[name].encode
    try:
        written = encode(value)
    except RenderError:
        return
    pairs = [("before", encode("1")), (key, written), ("after", encode("2"))]
    content = "\n".join(["# first", *(line.format(*pair) for pair in pairs), ""])
    assert FORMATS[name].read(content) == [("before", "1"), (key, value), ("after", "2")]
    assert len(content.splitlines()) == 4


def test_properties_are_ascii_and_read_as_java_does() -> None:
    """The second is a line of java.util.Properties' own documentation."""
    assert FORMATS["properties"].encode("SIP:zoë=\\!#\N{PILE OF POO}") == (
        "SIP\\:zo\\u00eb\\=\\\\\\!\\#\\ud83d\\udca9"
    )
    read = FORMATS["properties"].read
    assert read("Truth = Beauty\n!x\n  a\\:b : c\\u00e9\\td\nempty") == [
        ("Truth", "Beauty"), ("a:b", "cé\td"), ("empty", ""),
    ]  # fmt: skip


def test_a_section_s_keys_are_below_it() -> None:
    content = "[sip]\nnick_name=Ann\n; no\n[net]\nvlan=2\n"
    assert FORMATS["ini"].read(content) == [("sip/nick_name", "Ann"), ("net/vlan", "2")]


def test_other_statements_set_nothing() -> None:
    content = "IF $MODEL SEQ J179 GOTO END\nSET VLAN 20\nGET other.txt\n# END\n## comment\n"
    assert FORMATS["set_value"].read(content) == [("VLAN", "20")]


@given(st.text() | st.sampled_from(['"', "'", '"a"', "&quot;"]))
def test_an_item_comes_back_alone(value: str) -> None:
    try:
        written = xml.item(value)
    except RenderError:
        return
    first, second = f"""ID="a.b[0]" value='"{written}"'""", 'ID="c" value="0x5"'
    content = f'<P><ITEM {first}/><M value="1"/><ITEM {second}/></P>'
    assert FORMATS["xml_items"].read(content) == [("a.b[0]", value), ("c", "0x5")]


@given(value=st.text() | st.sampled_from(['"', "a b", "#", "", "a;b", "a\\"]))
def test_a_word_of_a_command_comes_back_alone(value: str) -> None:
    commands = FORMATS["commands"]
    try:
        written = commands.encode(value)
    except RenderError:
        return
    content = f"# first\n  username {written} password x\nexit\n username y password {written}\n"
    assert commands.read(content) == [
        ("username[1]/1", value), ("username[1]/2", "password"), ("username[1]/3", "x"),
        ("exit[1]", ""),
        ("username[2]/1", "y"), ("username[2]/2", "password"), ("username[2]/3", value),
    ]  # fmt: skip


def test_a_command_with_half_a_quote_is_not_read() -> None:
    with pytest.raises(SimulationError, match="without its pair"):
        FORMATS["commands"].read('username "a password b\n')


def test_xml_is_read_by_where_things_stand() -> None:
    content = """<?xml version="1.0" encoding="ISO-8859-1"?>
        <settings xmlns="urn:acme"><line idx="2"><user perm="R">Ann</user></line><none/>
        <section name="net"><entry name="host" overwrite="true">x</entry></section></settings>"""
    assert FORMATS["xml"].read(content) == [
        ("line[2]/user@perm", "R"),
        ("line[2]/user", "Ann"),
        ("none", ""),
        ("section[net]/entry[host]@overwrite", "true"),
        ("section[net]/entry[host]", "x"),
    ]


def test_an_element_without_attributes_may_be_named_by_its_child() -> None:
    entry = "<entry><ID>SIP{0}</ID><user>{0}00</user></entry>"
    content = f"<a><list>{entry.format(1)}{entry.format(2)}</list></a>"
    assert dict(FORMATS["xml"].read(content)) == {
        "list/entry[SIP1]/ID": "SIP1",
        "list/entry[SIP1]/user": "100",
        "list/entry[SIP2]/ID": "SIP2",
        "list/entry[SIP2]/user": "200",
    }


@given(st.text())
def test_xml_text_and_attributes_come_back_alone(value: str) -> None:
    try:
        written = xml.encode(value)
    except RenderError:
        return
    content = f"<a><b c='{written}'>{written}</b><d>1</d></a>"
    assert FORMATS["xml"].read(content) == [("b@c", value), ("b", value), ("d", "1")]


@given(st.text())
def test_an_attribute_comes_back_alone(value: str) -> None:
    try:
        written = xml.encode(value)
    except RenderError:
        return
    for content in (f'<a><b c="{written}" d="1"/></a>', f"<a><b c='{written}' d='1'/></a>"):
        assert xml.attributes(content) == [("c", value), ("d", "1")]
        assert {
            str(k): str(v) for k, v in etree.fromstring(content.encode())[0].attrib.items()
        } == {"c": value, "d": "1"}


@given(st.text())
def test_an_element_comes_back_alone(value: str) -> None:
    try:
        written = xml.encode(value)
    except RenderError:
        return
    content = f"<a><b>{written}</b><c>1</c></a>"
    assert xml.elements(content) == [("b", value), ("c", "1")]
    assert [(e.tag, e.text or "") for e in etree.fromstring(content)] == [("b", value), ("c", "1")]


@given(st.text())
def test_a_value_of_an_object_comes_back_alone(value: str) -> None:
    try:
        written = xml.encode(value)
    except RenderError:
        return
    long = (
        "<L><Object><Name>A.1.</Name><ParameterValueStruct><Name>B</Name><Value>{}</Value>"
        "</ParameterValueStruct></Object></L>"
    )
    short = "<L><O><N>A.1.</N><P><N>B</N><V>{}</V></P></O></L>"
    for form in (long, short):
        assert FORMATS["xml_objects"].read(form.format(written)) == [("A.1.B", value)]


def test_an_element_may_be_named_by_an_attribute() -> None:
    content = '<gs><config version="2"><item name="account.1.name">Ann</item></config></gs>'
    assert xml.elements(content) == [("account.1.name", "Ann")]


@pytest.mark.parametrize(
    "content",
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
)
def test_a_document_type_is_refused(content: str) -> None:
    with pytest.raises(SimulationError, match="document type"):
        xml.attributes(content)


def test_what_is_no_xml_is_refused() -> None:
    with pytest.raises(SimulationError, match="not well-formed"):
        xml.elements("<a><b></a>")
