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
from provd.provisioning.spool_lines import from_line, to_line
from tests.provisioning.test_spool import ENTRY, UNKNOWN


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
        "at": entry.at.isoformat(),
        "finished_at": entry.finished_at.isoformat(),
        "mac": entry.mac.digits if entry.mac else None,
    }
    if not entry.proven:
        del values["proven"]
    assert to_line(entry) == json.dumps(values, separators=(",", ":")).encode() + b"\n"
    assert from_line(to_line(entry)) == entry


@pytest.mark.parametrize("wrong", [{"path": None}, {"whole": "yes"}, {"size": "4096"}])
def test_what_is_no_entry_becomes_no_line(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, KeyError)):
        to_line(replace(ENTRY, **wrong))
