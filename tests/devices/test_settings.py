"""The vocabulary: what it lets in, and what it says of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.devices.device import Line
from provd.devices.secret import Secret
from provd.devices.settings import LINE_FIELDS, VOCABULARY, check_line, setting
from provd.errors import SettingError


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("sip.registrar", "sip.example.com", "sip.example.com"),
        ("sip.registrar", "2001:DB8::5", "2001:db8::5"),
        ("sip.port", 5060, 5060),
        ("srtp.mode", "optional", "optional"),
        ("codecs", ["g722", "pcma"], ("g722", "pcma")),
        ("ntp.servers", ["192.0.2.1", "ntp.example.com"], ("192.0.2.1", "ntp.example.com")),
        ("time.zone", "Europe/Berlin", "Europe/Berlin"),
        ("network.lldp", True, True),
        ("web.admin_password", "s3cret", Secret("s3cret")),
        ("web.admin_password", Secret("s3cret"), Secret("s3cret")),
        ("voicemail.number", "*97", "*97"),
        ("dial_plan.digit_map", "[2-9]xx|0x.T", "[2-9]xx|0x.T"),
        ("phonebook.url", "https://example.com/book.xml", "https://example.com/book.xml"),
        ("tones.country", "DE", "DE"),
        ("sip.registrar", None, None),
        ("raw.acme.Some.Parameter_1", "anything at all", "anything at all"),
        ("raw.acme.P90", 1, 1),
    ],
)
def test_it_keeps_a_value_of_the_right_type(key: str, value: object, kept: object) -> None:
    assert setting(key).check(value) == kept


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sip.registrar", "sip.example.com:5060"),
        ("sip.registrar", "sip example"),
        ("sip.registrar", "192.0.2.300"),
        ("sip.registrar", "bücher.example"),
        ("sip.port", 0),
        ("sip.port", "5060"),
        ("sip.port", True),
        ("srtp.mode", False),
        ("codecs", "g722"),
        ("codecs", ["g722", "g722"]),
        ("codecs", ["mp3"]),
        ("ntp.servers", ["a", "b", "c"]),
        ("time.zone", "Europe/Atlantis"),
        ("time.zone", "../../etc/passwd"),
        ("network.lldp", "yes"),
        ("network.vlan.id", 4095),
        ("voicemail.number", "nine"),
        ("dial_plan.digit_map", "{ x+ }"),
        ("phonebook.url", "ftp://example.com/"),
        ("phonebook.url", "https://user:pass@example.com/"),
        ("phonebook.url", "https://"),
        ("tones.country", "de"),
        ("provisioning.user", " phone"),
        ("raw.acme.x", "two\nlines"),
        ("raw.acme.x", ["a"]),
    ],
)
def test_it_refuses_anything_else_with_key_and_remedy(key: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        setting(key).check(value, where="the customer's settings")
    assert caught.value.key == key
    assert caught.value.where == "the customer's settings"
    assert caught.value.remedy


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028",
                                       "\u2029", "\ud800", "\ufffe", "\U0001ffff"])  # fmt: skip
def test_control_characters_are_refused_in_every_text(character: str) -> None:
    for key in ("provisioning.user", "web.admin_password", "raw.acme.x", "sip.registrar"):
        with pytest.raises(SettingError):
            setting(key).check(f"a{character}b")


def test_a_password_is_never_in_the_error() -> None:
    with pytest.raises(SettingError) as caught:
        setting("web.admin_password").check("hunter2\n")
    assert "hunter2" not in str(caught.value)


def test_an_unknown_key_is_told_its_neighbour() -> None:
    with pytest.raises(SettingError, match=r"Did you mean sip\.registrar"):
        setting("sip.registar")


@pytest.mark.parametrize("key", ["raw.acme", "raw.acme.", "raw.Acme.x", "raw.acme.a ", "raw.a.=x"])
def test_a_raw_key_names_vendor_and_parameter(key: str) -> None:
    with pytest.raises(SettingError, match=r"raw\.<vendor>\.<parameter>"):
        setting(key)


def test_an_unquoted_word_of_yaml_is_explained() -> None:
    with pytest.raises(SettingError, match="without quotes"):
        setting("tones.country").check(False)


def test_each_row_says_what_it_is_for_and_has_a_variable_of_its_own() -> None:
    assert all(row.doc for row in VOCABULARY.values())
    assert len({row.variable for row in VOCABULARY.values()}) == len(VOCABULARY)


@given(st.sampled_from(sorted(VOCABULARY)), st.text() | st.integers() | st.booleans())
def test_a_checked_value_passes_the_check_again(key: str, value: object) -> None:
    try:
        kept = setting(key).check(value)
    except SettingError:
        return
    assert setting(key).check(kept) == kept


def test_a_line_is_checked_field_by_field() -> None:
    line = Line(1, "100", Secret("p4ss"), display_name="Ann O'Neil", registrar="sip.example.com")
    assert check_line(line) == line


@pytest.mark.parametrize("field", sorted(set(LINE_FIELDS) - {"password"}))
def test_a_line_s_field_can_not_hold_a_second_line(field: str) -> None:
    fields = {"user": "100", field: "x\naccount.2.enable = 1"}
    with pytest.raises(SettingError) as caught:
        check_line(Line(1, password=Secret("p4ss"), **fields))
    assert caught.value.key == field


def test_a_line_s_password_can_not_hold_a_second_line_and_stays_secret() -> None:
    with pytest.raises(SettingError) as caught:
        check_line(Line(1, "100", Secret("hunter2\nx")))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("host", ["fe80::1%eth0", '::1%";x="', "fe80::1%a b;c,d<e>"])
def test_a_host_names_no_interface(host: str) -> None:
    """Behind % ipaddress takes any text, which would end in SIP headers and composed values."""
    with pytest.raises(SettingError, match="names an interface"):
        setting("sip.registrar").check(host)


def test_the_nearest_setting_is_looked_for_among_its_kin() -> None:
    for wrong, meant in (("sip.trasport", "sip.transport"), ("sipp.transport", "sip.transport"),
                         ("langauge", "language")):  # fmt: skip
        with pytest.raises(SettingError, match=f"Did you mean {meant}?"):
            setting(wrong)
