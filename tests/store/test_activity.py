"""The journal by the minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from provd.devices.account import Scope
from provd.provisioning.journal import JournalEntry
from provd.store import Store
from provd.store.activity import REFUSALS, Happened, boots_query
from provd.store.fields import to_microseconds
from provd.store.scope import path_of
from tests.store import entries
from tests.store.people import NOW, People, phone

START = NOW.replace(second=0, microsecond=0)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def delivered(**changes: Any) -> JournalEntry:
    return entries.delivered(**({"at": START, "finished_at": START} | changes))


def refused(**changes: Any) -> JournalEntry:
    return entries.refused(**({"at": START} | changes))


def test_a_boot_counts_in_the_minute_of_its_last_file(store: Store, people: People) -> None:
    own = phone(store, people.alice_site).id
    late = START + 70 * SECOND
    store.journal.append(
        [
            delivered(device_id=own, boot_id="one", file_kind="common"),
            delivered(device_id=own, boot_id="one", file_kind="device", finished_at=late),
            delivered(device_id=own, boot_id="two", file_kind="common"),
            delivered(device_id=own, boot_id="two", file_kind="device", whole=False),
            delivered(device_id=own, boot_id="three", file_kind="common", transport="tftp"),
            delivered(device_id=own, boot_id="three", file_kind="common", transport="tftp"),
            delivered(device_id=own, boot_id="four", required_kinds=("device",), transport="tftp"),
            delivered(device_id=own, boot_id="old", required_kinds=("device",),
                      finished_at=START - SECOND),
        ]
    )  # fmt: skip
    assert store.activity.boots(Scope(people.alice.id), START) == [
        Happened(START, "tftp", 1),
        Happened(START + MINUTE, "https", 1),
    ]


def test_refusals_are_counted_by_minute_and_reason(store: Store, people: People) -> None:
    own = phone(store, people.alice_site).id
    store.journal.append(
        [
            refused(device_id=own),
            refused(device_id=own, at=START + 59 * SECOND),
            refused(device_id=own, at=START + MINUTE, reason="no such file"),
            refused(device_id=own, at=START - SECOND),
            delivered(device_id=own),
        ]
    )
    assert store.activity.refusals(Scope(people.alice.id), START) == [
        Happened(START, "unknown MAC", 2),
        Happened(START + MINUTE, "no such file", 1),
    ]


def test_nobody_sees_what_anothers_phones_do(store: Store, people: People) -> None:
    foreign = phone(store, people.charlie_site).id
    whole = delivered(device_id=foreign, required_kinds=("device",))
    store.journal.append([whole, refused(device_id=foreign), refused(device_id=None)])
    assert store.activity.boots(Scope(people.alice.id), START) == []
    assert store.activity.refusals(Scope(people.alice.id), START) == []
    assert len(store.activity.boots(Scope(people.provider.id), START)) == 1


def test_a_long_journal_is_read_by_the_devices_indices(store: Store, people: People) -> None:
    own = phone(store, people.alice_site).id
    others = [
        one(device_id=10_000 + number % 500, at=at, finished_at=at)
        for number in range(2_000)
        for one in (delivered, refused)
        for at in (START - number * MINUTE,)
    ]
    store.journal.append([*others, delivered(device_id=own), refused(device_id=own)])
    store._database.sql("ANALYZE")
    scope = Scope(people.alice.id)
    for query, index in (
        (boots_query(store._database), "journal_entry_booted"),
        (REFUSALS, "journal_entry_refused"),
    ):
        assert index in ways(store, query, scope)


def ways(store: Store, query: str, scope: Scope) -> set[str]:
    """The indices that are used, and "every row" where the journal is read from end to end."""
    database = store._database
    path = path_of(database, scope.account_id)
    since = to_microseconds(START - timedelta(days=1))
    explain = "EXPLAIN (FORMAT JSON)" if database.is_postgresql else "EXPLAIN QUERY PLAN"
    rows = database.sql(f"{explain} {query}", (path, path[:-1] + "0", since))
    if not database.is_postgresql:
        steps = " ".join(step for *_, step in rows)
        return {"every row"} if "SCAN journal_entry" in steps else set(steps.split())
    nodes, found = [rows[0][0][0]["Plan"]], set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        found.add(node.get("Index Name", ""))
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "journal_entry":
            return {"every row"}
    return found
