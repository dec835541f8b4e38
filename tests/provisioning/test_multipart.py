"""What a phone posts in a form is its file, octet by octet."""

from __future__ import annotations

import time

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


@pytest.mark.parametrize(
    "body",
    [
        b"".join(
            b"--%d\r\nContent-Type: multipart/form-data; boundary=%d\r\n\r\n" % (n, n + 1)
            for n in range(1000)
        ),
        b"--0\r\nContent-Type: message/rfc822\r\n\r\n"
        + b"Content-Type: message/rfc822\r\n\r\n" * 2000,
        b"--0\r\nContent-Disposition: form-data; name=f\r\n\r\n" * 40_000 + b"--0--\r\n",
    ],
    ids=["forms in forms", "mails in mails", "parts"],
)
def test_an_envelope_made_to_cost_costs_nothing(body: bytes) -> None:
    began = time.thread_time()
    assert file_in("multipart/form-data; boundary=0", body) is None
    assert time.thread_time() - began < 0.5


@given(st.text(max_size=60), st.binary(max_size=200))
def test_nothing_makes_it_raise(parameters: str, body: bytes) -> None:
    file_in(f"multipart/form-data; {parameters}", body)


def test_a_form_is_known_by_its_type() -> None:
    assert is_form(TYPE)
    assert is_form("Multipart/Form-Data")
    assert not is_form("text/plain")
    assert not is_form("")
