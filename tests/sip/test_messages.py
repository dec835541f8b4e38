from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.sip.answers import answer
from provd.sip.messages import (
    MOST_BODY_BYTES,
    MOST_HEAD_BYTES,
    MOST_HEADERS,
    Headers,
    MessageError,
    Request,
    Response,
    headers,
    read,
    sequence,
    write,
)
from provd.sip.values import (
    Uri,
    address,
    listed,
    main_value,
    parameters,
    quoted,
    unquoted,
    uri,
    user_part,
)

NEEDED = (
    ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport"),
    ("From", "<sip:provd@example.org>;tag=1"),
    ("To", "<sip:100@example.org>"),
    ("Call-ID", "abc@192.0.2.1"),
    ("CSeq", "7 NOTIFY"),
)
NOTIFY = Request("NOTIFY", "sip:100@example.org", Headers((*NEEDED, ("Event", "check-sync"))))


def raw(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join((*lines, "", "")).encode() + body


def test_what_is_written_is_read_as_it_was() -> None:
    message = Request(NOTIFY.method, NOTIFY.uri, NOTIFY.headers, "grüße\r\n\r\n".encode())
    assert read(write(message)) == message


def test_a_request_as_rfc_3261_prints_it_is_read() -> None:
    message = read(
        raw(
            "REGISTER sip:registrar.biloxi.com SIP/2.0",
            "Via: SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z9hG4bKnashds7",
            "Max-Forwards: 70",
            "To: Bob <sip:bob@biloxi.com>",
            "From: Bob <sip:bob@biloxi.com>;tag=456248",
            "Call-ID: 843817637684230@998sdasdh09",
            "CSeq: 1826 REGISTER",
            "Contact: <sip:bob@192.0.2.4>",
            "Expires: 7200",
            "Content-Length: 0",
        )
    )
    assert isinstance(message, Request)
    assert (message.method, message.uri) == ("REGISTER", "sip:registrar.biloxi.com")
    assert sequence(message) == (1826, "REGISTER")
    assert message.headers.all("content-length") == ()


def test_compact_names_and_folded_values_are_read_as_the_long_ones() -> None:
    message = read(
        raw(
            "SIP/2.0 200 OK",
            "v: SIP/2.0/UDP a;branch=z9hG4bK1",
            "f: <sip:a@b>;tag=1",
            "t : <sip:c@d>",
            "\t;tag=2",
            "i: x",
            "CSEQ: 1",
            "  NOTIFY",
            "l: 0",
        )
    )
    assert isinstance(message, Response)
    assert message.headers.first("To") == "<sip:c@d> ;tag=2"
    assert sequence(message) == (1, "NOTIFY")


@pytest.mark.parametrize(
    "change",
    [
        {"Via": ""},
        {"To": ""},
        {"CSeq": "x NOTIFY"},
        {"CSeq": "1 INVITE"},
        {"CSeq": "2147483648 NOTIFY"},
        {"Bad Name": "1"},
        {"Subject": "nul\0"},
        {"Subject": "lonely\rreturn"},
        {"Subject": "lonely\nfeed"},
        {"Content-Length": "1"},
        {"Content-Length": "-1"},
        {"Content-Length": str(MOST_BODY_BYTES + 1)},
        {"X": "x" * MOST_HEAD_BYTES},
        {f"X{number}": "1" for number in range(MOST_HEADERS)},
    ],
)
def test_what_is_no_message_is_refused(change: dict[str, str]) -> None:
    rows = {**dict(NEEDED), **change}
    lines = [f"{name}: {value}" for name, value in rows.items()]
    with pytest.raises(MessageError):
        read(raw("NOTIFY sip:100@example.org SIP/2.0", *lines))


@pytest.mark.parametrize(
    "start",
    ["", "NOTIFY", "NOTIFY sip:a SIP/3.0", "NOTIFY  sip:a SIP/2.0", "NOTIFY <sip:a> SIP/2.0",
     "SIP/2.0 99 No", "SIP/2.0 2000 No", "NÖTIFY sip:a SIP/2.0"],
)  # fmt: skip
def test_what_does_not_start_as_one_is_refused(start: str) -> None:
    with pytest.raises(MessageError):
        read(raw(start, *(f"{name}: {value}" for name, value in NEEDED)))


def test_two_content_lengths_that_differ_are_refused() -> None:
    lines = [f"{name}: {value}" for name, value in NEEDED]
    with pytest.raises(MessageError):
        read(raw("NOTIFY sip:a SIP/2.0", *lines, "Content-Length: 0", "l: 1", body=b"x"))


def test_bytes_behind_a_datagrams_body_are_ignored() -> None:
    assert read(write(NOTIFY) + b"\r\njunk") == NOTIFY


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda junk: write(NOTIFY) + junk))
def test_reading_ends_in_a_message_or_in_a_message_error(data: bytes) -> None:
    try:
        read(data)
    except MessageError:
        return


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_value_ever_adds_a_header(value: str, name: str, target: str) -> None:
    message = Request(
        "NOTIFY", f"sip:{target}@a", Headers((*NEEDED, (name, "1"), ("Subject", value)))
    )
    try:
        data = write(message)
    except MessageError:
        return
    found = read(data)
    assert isinstance(found, Request)
    assert len(found.headers.rows) == len(message.headers.rows)
    assert found.uri == message.uri
    assert found.headers.rows[-1] == ("Subject", value.strip(" \t"))


@pytest.mark.parametrize("length", ["Content-Length", "l"])
def test_only_the_writer_gives_the_length(length: str) -> None:
    with pytest.raises(MessageError):
        write(Request("NOTIFY", "sip:a@b", Headers((*NEEDED, (length, "5")))))


def test_rows_without_a_value_are_left_out() -> None:
    assert headers(("Event", "x"), ("Content-Type", "")).rows == (("Event", "x"),)


def test_lists_are_split_outside_of_quotes_and_brackets() -> None:
    value = '"a, b" <sip:x@y;p=1,2>;q=1, <sip:z@y> ,, sip:q@y;expires=3'
    assert listed([value, "*"]) == [
        '"a, b" <sip:x@y;p=1,2>;q=1',
        "<sip:z@y>",
        "sip:q@y;expires=3",
        "*",
    ]


def test_parameters_are_read_with_and_without_quotes() -> None:
    text = 'ua-profile;profile-type="device";vendor="A \\"B\\"; C";Model=x;lr'
    assert main_value(text) == (
        "ua-profile",
        {"profile-type": "device", "vendor": 'A "B"; C', "model": "x", "lr": ""},
    )
    assert parameters("") == {}


@given(st.text())
def test_reading_values_always_ends(text: str) -> None:
    listed([text])
    main_value(text)
    for reader in (address, uri):
        try:
            reader(text)
        except MessageError:
            continue


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_quoted_text_is_read_as_it_was(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert main_value(f"x;y={quoted(text)}")[1] == {"y": text}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sip:MAC%3a001565aabbcc@224.0.1.75", Uri("sip", "MAC%3a001565aabbcc", "224.0.1.75")),
        ("sip:MAC:001565AABBCC@a.example", Uri("sip", "MAC:001565AABBCC", "a.example")),
        ("SIPS:[2001:db8::1]:5061;lr", Uri("sips", "", "[2001:db8::1]", 5061, {"lr": ""})),
        ("sip:1@h;transport=TCP?X=y", Uri("sip", "1", "h", 0, {"transport": "TCP"})),
    ],
)
def test_uris_are_read(text: str, wanted: Uri) -> None:
    assert uri(text) == wanted
    assert uri(str(wanted)) == wanted


@pytest.mark.parametrize(
    "text", ["", "tel:1", "sip:", "sip:a@b:99999", "sip:a b@c", "sip:a@b\r\nX: y", "sip:a@<b>"]
)
def test_what_is_no_sip_uri_is_refused(text: str) -> None:
    with pytest.raises(MessageError):
        uri(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_user_can_stand_in_a_uri(user: str) -> None:
    assert unquote(uri(f"sip:{user_part(user)}@a.example").user) == user
    assert user_part("+49*30-(1)_x") == "+49*30-(1)_x"


def test_addresses_are_read_in_their_three_forms() -> None:
    for text in ('"B, C" <sip:a@b;x=1>;tag=7', "B <sip:a@b;x=1>;tag=7", "<sip:a@b;x=1>;tag=7"):
        found = address(text)
        assert (found.uri, found.parameters) == ("sip:a@b;x=1", {"tag": "7"})
    assert address("sip:a@b;tag=7").parameters == {"tag": "7"}  # RFC 3261, 20: the header's own


def test_an_answer_bears_what_belongs_to_the_request() -> None:
    got = answer(NOTIFY, 200, "OK", tag="t1", source=("203.0.113.9", 1024))
    assert got.headers.all("Via") == (
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;received=203.0.113.9;rport=1024",
    )
    assert got.headers.first("To") == "<sip:100@example.org>;tag=t1"
    assert sequence(got) == (7, "NOTIFY")
    assert read(write(got)) == got


def test_an_answer_within_a_dialog_keeps_its_tag() -> None:
    inside = Request(
        "NOTIFY", "sip:a@b", NOTIFY.headers.without("To").adding("To", "<sip:a@b>;tag=9")
    )
    assert answer(inside, 200, "OK", tag="t1").headers.first("To") == "<sip:a@b>;tag=9"
