"""What a phone posts in a form is its file, octet by octet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.provisioning.multipart import file_in, is_form

TYPE = 'multipart/form-data; boundary="----phone7d"'


def form(content: bytes, *, disposition: bytes = b'name="file"; filename="a.log"') -> bytes:
    return (
        b'------phone7d\r\nContent-Disposition: form-data; name="mac"\r\n\r\n805ec0000001\r\n'
        b"------phone7d\r\nContent-Disposition: form-data; " + disposition + b"\r\n"
        b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n------phone7d--\r\n"
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"booted\n", b"a\r\nb\rc\n\r\n", bytes(range(256)), b"From here\n-----\n--\n", b"\r\n"],
)
def test_the_file_comes_out_as_it_was_put_in(content: bytes) -> None:
    assert file_in(TYPE, form(content)) == content


@given(st.binary(max_size=300))
def test_every_file_does(content: bytes) -> None:
    assert file_in(TYPE, form(content)) == content


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        form(b"x", disposition=b'name="note"'),
        form(b"cut off")[:-20],
        form(b"x").replace(b"phone7d", b"other"),
    ],
)
def test_where_there_is_no_whole_file_none_is_found(body: bytes) -> None:
    assert file_in(TYPE, body) is None


@given(st.text(max_size=60), st.binary(max_size=200))
def test_nothing_makes_it_raise(parameters: str, body: bytes) -> None:
    file_in(f"multipart/form-data; {parameters}", body)


def test_a_form_is_known_by_its_type() -> None:
    assert is_form(TYPE)
    assert is_form("Multipart/Form-Data")
    assert not is_form("text/plain")
    assert not is_form("")
