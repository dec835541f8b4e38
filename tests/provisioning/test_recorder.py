"""The lines that the recorder writes are those of the entries that it means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Stored, Transport
from provd.provisioning.journal import JournalEntry
from provd.provisioning.recorder import Recorder, Subject
from provd.provisioning.spool_lines import from_line

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1, microseconds=7)
MAC = Mac("805ec0000001")
TOKEN = "0123456789abcdef" * 2


def subject(**other: Any) -> Subject:
    usual: dict[str, Any] = {
        "mac": MAC,
        "device_id": 7,
        "file_kind": "device",
        "place": Place.SITE,
        "completes_boot": True,
        "required_kinds": ("device", "more"),
    }
    return Subject(**usual | other)


def answer(about: object) -> Answer:
    return Answer(b"content", "text/plain", "etag", NOW, about)


class Asking:
    """Asks a recorder, and reads what it wrote."""

    def __init__(self) -> None:
        self.recorder = Recorder()

    def __call__(
        self,
        reply: Answer | Stored | Refusal,
        path: str = "805ec0000001.cfg",
        transport: Transport = Transport.TFTP,
        address: str = "192.0.2.1",
        after: float = 0.0,
        agent: str = "",
        method: str = "GET",
    ) -> JournalEntry:
        at = NOW + timedelta(seconds=after)
        asked = Request(path, transport, ip_address(address), 1024, at, agent, method)
        outcome = Outcome(True, 7, "DATA", at, LATER)
        return from_line(self.recorder.line(asked, reply, outcome))


@pytest.fixture
def asks() -> Asking:
    return Asking()


def test_an_entry_says_all_that_there_is_to_say(asks: Asking) -> None:
    entry = asks(answer(subject()), agent="A \u201cphone\u201d", address="2001:db8::7")
    assert entry == JournalEntry(
        id=entry.id,
        at=NOW,
        finished_at=LATER,
        mac=MAC,
        device_id=7,
        path="805ec0000001.cfg",
        transport="tftp",
        address="2001:db8::7",
        agent="A \u201cphone\u201d",
        status="DATA",
        reason="",
        bytes_sent=7,
        size=7,
        whole=True,
        place=Place.SITE,
        boot_id=entry.id,
        file_kind="device",
        completes_boot=True,
        required_kinds=("device", "more"),
        method="GET",
    )


def test_one_answer_given_to_several_is_written_for_each_as_he_asked(asks: Asking) -> None:
    """What the lines of an answer have in common is kept with it."""
    given = answer(subject())
    asked: list[dict[str, Any]] = [
        {},
        {"path": f"{TOKEN}/805ec0000001.cfg"},
        {"path": "805EC0000001.cfg"},
        {"transport": Transport.HTTPS},
        {"agent": "another"},
        {"method": "HEAD"},
        {"address": "192.0.2.2"},
        {"address": "::c000:202"},  # the same number as 192.0.2.2
        {},
    ]
    for words in asked:
        entry = asks(given, **words)
        assert entry.path == words.get("path", "805ec0000001.cfg").rpartition("/")[2]
        assert entry.transport == words.get("transport", "tftp")
        assert entry.agent == words.get("agent", "")
        assert entry.method == words.get("method", "GET")
        assert entry.address == words.get("address", "192.0.2.1")


def test_a_refusal_is_of_nothing_and_never_whole(asks: Asking) -> None:
    entry = asks(Refusal(Reason.UNKNOWN_MAC, Subject(mac=MAC, tried=MAC, proven="acme")))
    assert (entry.whole, entry.size, entry.reason) == (False, 0, "unknown MAC")
    assert (entry.mac, entry.place, entry.proven) == (MAC, None, "acme")
    nobodys = asks(Refusal(Reason.UNAVAILABLE))
    assert (nobodys.mac, nobodys.reason) == (None, "temporarily unavailable")


def test_an_upload_has_the_size_that_was_stored(asks: Asking) -> None:
    entry = asks(Stored(True, 4711, subject(completes_boot=False)), method="PUT")
    assert (entry.whole, entry.size, entry.method) == (True, 4711, "PUT")


def test_a_file_without_a_mac_is_the_phones_that_was_there_a_moment_ago(asks: Asking) -> None:
    shared = answer(Subject(file_kind="shared"))
    assert asks(shared).mac is None
    own = asks(answer(subject()))
    for after in (10, 30):
        entry = asks(shared, path="shared.cfg", after=after)
        assert (entry.mac, entry.device_id, entry.place) == (MAC, 7, Place.SITE)
        assert (entry.file_kind, entry.boot_id) == ("shared", own.boot_id)
    assert asks(shared, after=31).mac is None
    assert asks(shared, transport=Transport.HTTP).mac is None
    assert asks(shared, address="192.0.2.2").mac is None
    assert asks(shared, address="::c000:201").mac is None


def test_boots_begin_after_a_pause_a_step_back_and_a_file_that_had_arrived(asks: Asking) -> None:
    first, second = answer(subject(boot_step=1)), answer(subject(file_kind="more", boot_step=2))
    boots = [
        asks(first).boot_id,
        asks(second, after=1).boot_id,
        asks(second, after=2).boot_id,
        asks(first, after=3).boot_id,
        asks(second, after=123).boot_id,
        asks(first, after=244.1).boot_id,
    ]
    assert [boots.index(one) for one in boots] == [0, 0, 2, 3, 3, 5]
