"""An entry comes back from its line as it was."""

import json
from dataclasses import asdict, replace
from datetime import UTC
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool_lines import TORN, from_line, from_lines, to_line
from provd.store.fields import to_microseconds
from tests.provisioning.test_spool import AT, ENTRY, UNKNOWN


@pytest.mark.parametrize("entry", [ENTRY, UNKNOWN])
def test_an_entry_comes_back_from_its_line_as_it_was(entry: JournalEntry) -> None:
    line = to_line(entry)
    assert line.count(b"\n") == 1
    assert from_line(line) == entry


TEXTS = st.text(st.characters(codec=None), max_size=20)
ENTRIES = st.builds(
    JournalEntry,
    id=TEXTS,
    at=st.datetimes(timezones=st.just(UTC)),
    finished_at=st.datetimes(timezones=st.just(UTC)),
    mac=st.none() | st.just(Mac("805ec0123456")),
    device_id=st.none() | st.integers(0, 2**63 - 1),
    path=TEXTS,
    transport=TEXTS,
    address=TEXTS,
    agent=TEXTS,
    status=TEXTS,
    reason=TEXTS,
    bytes_sent=st.integers(0, 2**40),
    size=st.integers(0, 2**40),
    whole=st.booleans(),
    place=st.none() | st.sampled_from(Place),
    boot_id=TEXTS,
    file_kind=TEXTS,
    completes_boot=st.booleans(),
    required_kinds=st.lists(TEXTS, max_size=3).map(tuple),
    proven=st.just("") | TEXTS,
)


@given(ENTRIES)
def test_a_line_is_the_json_of_the_whole_entry(entry: JournalEntry) -> None:
    values = asdict(entry) | {
        "at": to_microseconds(entry.at),
        "finished_at": to_microseconds(entry.finished_at),
        "mac": entry.mac.digits if entry.mac else None,
        "required_kinds": list(entry.required_kinds),
    }
    if not entry.proven:
        del values["proven"]
    line = to_line(entry)
    assert json.loads(line) == values
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    assert from_line(line) == entry


def test_what_an_earlier_version_left_is_read() -> None:
    """It told the time as text."""
    values = json.loads(to_line(ENTRY)) | {"at": AT.isoformat(), "finished_at": AT.isoformat()}
    assert from_line(json.dumps(values).encode()) == ENTRY


def test_many_lines_are_read_at_once_and_one_that_is_torn_among_them_is_told() -> None:
    lines = [to_line(ENTRY), to_line(UNKNOWN)]
    assert from_lines(lines) == [ENTRY, UNKNOWN]
    for torn in (b"", b"{", lines[0][:-40], lines[0][:9], b"[]", b"7", lines[0] + b"," + lines[1]):
        with pytest.raises(TORN):
            from_lines([lines[0], torn, lines[1]])


@pytest.mark.parametrize("wrong", [{"path": None}, {"whole": "yes"}, {"size": "4096"}])
def test_what_is_no_entry_becomes_no_line(wrong: dict[str, Any]) -> None:
    with pytest.raises(TORN):
        to_line(replace(ENTRY, **wrong))
