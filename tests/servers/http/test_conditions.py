from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provd.servers.http.conditions import Selection, select
from tests.servers.files import answer

FILE = answer(b"0123456789")
MODIFIED = "Sun, 01 Mar 2026 12:00:00 GMT"


def selected(**fields: str) -> Selection:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return select(FILE, headers, ranges=True)


def test_without_conditions_the_whole_file_is_selected() -> None:
    assert selected() == Selection(200, 0, 10)


def test_a_known_entity_tag_is_304_in_any_notation() -> None:
    for known in (f'"{FILE.etag}"', f'W/"{FILE.etag}"', f'"x", "{FILE.etag}"', "*", FILE.etag):
        assert selected(if_none_match=known).status == 304
    assert selected(if_none_match='"other"').status == 200


def test_dates_count_only_without_entity_tags() -> None:
    assert selected(if_modified_since=MODIFIED).status == 304
    assert selected(if_modified_since="Sun, 01 Mar 2026 11:59:59 GMT").status == 200
    assert selected(if_modified_since=MODIFIED, if_none_match='"other"').status == 200
    for nonsense in ("yesterday", "", "Sun, 99 Mar 2026 12:00:00 GMT", "0"):
        assert selected(if_modified_since=nonsense).status == 200


def test_a_single_range_is_cut_to_the_file() -> None:
    assert selected(range="bytes=0-0") == Selection(206, 0, 1)
    assert selected(range="bytes=4-") == Selection(206, 4, 10)
    assert selected(range="bytes=-3") == Selection(206, 7, 10)
    assert selected(range="bytes=-99") == Selection(206, 0, 10)
    assert selected(range="bytes=5-99") == Selection(206, 5, 10)


def test_a_range_beyond_the_file_is_416() -> None:
    assert selected(range="bytes=10-").status == 416
    assert selected(range="bytes=-0").status == 416


def test_several_ranges_other_units_and_nonsense_are_ignored() -> None:
    for field in ("bytes=0-1,3-4", "lines=1-2", "bytes=5-4", "bytes=-", "bytes=a-b", "bytes 0-1"):
        assert selected(range=field) == Selection(200, 0, 10), field


def test_a_range_of_another_version_is_ignored() -> None:
    assert selected(range="bytes=0-0", if_range=f'"{FILE.etag}"').status == 206
    assert selected(range="bytes=0-0", if_range=MODIFIED).status == 206
    assert selected(range="bytes=0-0", if_range='"old"').status == 200
    assert selected(range="bytes=0-0", if_range="Sun, 01 Mar 2026 11:00:00 GMT").status == 200


def test_head_has_no_ranges() -> None:
    assert select(FILE, {"range": "bytes=0-0"}, ranges=False).status == 200


@given(st.text(), st.text(), st.text())
def test_no_field_makes_it_raise(ranged: str, tags: str, date: str) -> None:
    selected(range=ranged, if_none_match=tags, if_range=date)
    selected(if_modified_since=date, range=f"bytes={ranged}")
