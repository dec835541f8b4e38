"""A file that is encoded already says so over HTTP, whole or in part."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from provd.exchange import Answer
from provd.servers.http.conditions import Selection
from provd.servers.http.replies import answer_head, whole_head

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("selection", "named"),
    [(Selection(200, 0, 5), True), (Selection(206, 1, 3), True), (Selection(304, 0, 0), False)],
)
def test_the_content_encoding_is_named_with_the_content(selection: Selection, named: bool) -> None:
    answer = Answer(b"12345", "application/octet-stream", "e", AT, None, "aes128gcm")
    lines = answer_head(answer, selection, AT, keep_alive=True).split(b"\r\n")
    assert (b"Content-Encoding: aes128gcm" in lines) is named


def test_a_plain_file_names_none() -> None:
    answer = Answer(b"12345", "text/plain", "e", AT)
    head = answer_head(answer, Selection(200, 0, 5), AT, keep_alive=True)
    assert b"Content-Encoding" not in head


def test_what_is_said_of_an_answer_is_kept_with_it_and_with_no_other() -> None:
    answer = Answer(b"12345", "text/plain", "e", AT)
    first = whole_head(answer, AT, keep_alive=True)
    assert answer.fields in first
    assert whole_head(answer, AT, keep_alive=True) == first
    assert answer == Answer(b"12345", "text/plain", "e", AT)
    for other in (replace(answer, etag="f"), replace(answer, coding="aes128gcm")):
        assert not other.fields
        assert whole_head(other, AT, keep_alive=True) != first
