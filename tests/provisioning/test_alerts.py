"""Which refusals on a device's timeline are worth an operator's look."""

from datetime import UTC, datetime, timedelta

from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.exchange import Reason
from provd.provisioning.alerts import ALARMING, Alert, alerts_of
from provd.provisioning.journal import JournalEntry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)
HERE, THERE = "203.0.113.9", "198.51.100.7"


def entry(
    minute: int,
    reason: str,
    address: str = HERE,
    transport: str = "https",
    device_id: int | None = 1,
) -> JournalEntry:
    at = NOW + timedelta(minutes=minute)
    return JournalEntry(
        id=f"{minute}{address}{transport}",
        at=at,
        finished_at=at,
        mac=Mac("805ec0123456"),
        device_id=device_id,
        path="805ec0123456.cfg",
        transport=transport,
        address=address,
        agent="",
        status="404" if reason else "200",
        reason=reason,
        bytes_sent=0,
        size=0,
        whole=not reason,
        place=None if reason else Place.SITE,
        boot_id="b",
        file_kind="device",
        completes_boot=True,
    )


def test_refusals_of_one_kind_from_one_address_are_one_alert() -> None:
    closed, token = Reason.WINDOW_CLOSED, Reason.NOT_TRUSTED
    entries = [entry(3, closed), entry(1, closed), entry(2, token), entry(5, closed, THERE)]
    assert alerts_of(entries, SINCE) == (
        Alert(closed, THERE, "https", entries[3].at, entries[3].at, 1),
        Alert(closed, HERE, "https", entries[1].at, entries[0].at, 2),
        Alert(token, HERE, "https", entries[2].at, entries[2].at, 1),
    )


def test_a_phone_that_was_let_in_from_there_afterwards_was_no_stranger() -> None:
    refused = [entry(1, Reason.WINDOW_CLOSED), entry(2, Reason.PLAIN_TRANSPORT, transport="tftp")]
    assert alerts_of([*refused, entry(3, "")], SINCE) == ()
    assert len(alerts_of([*refused, entry(3, "", THERE)], SINCE)) == 2
    assert len(alerts_of([*refused, entry(0, "")], SINCE)) == 2


def test_what_is_old_or_harmless_or_nobodys_is_none() -> None:
    assert alerts_of([entry(-20_000, Reason.WINDOW_CLOSED)], SINCE) == ()
    assert alerts_of([entry(1, Reason.UNKNOWN_MAC, device_id=None)], SINCE) == ()
    harmless = set(Reason) - ALARMING
    assert {Reason.NO_SUCH_FILE, Reason.UNAVAILABLE, Reason.STALE_CREDENTIALS} <= harmless
    for reason in harmless:
        assert alerts_of([entry(1, reason)], SINCE) == ()


def test_another_address_a_wrong_token_and_a_wrong_certificate_are_alarming() -> None:
    for reason in (Reason.WINDOW_CLOSED, Reason.NOT_TRUSTED, Reason.WRONG_CERTIFICATE):
        assert alerts_of([entry(1, reason)], SINCE)[0].reason == reason
