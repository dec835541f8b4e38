"""Whatever arrives where, how often and in which order: each fee is charged once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from provd.devices.lifecycle import Place, State
from provd.provisioning.journal import JournalEntry
from tests.conftest import House
from tests.operations.conftest import START
from tests.operations.deliveries import charges, delivery, device_of

PHONES = ("80:5e:c0:00:00:01", "64:16:7f:00:00:12")
KINDS = {PHONES[0]: ("device",), PHONES[1]: ("registration", "settings")}


@dataclass(frozen=True)
class Fetch:
    mac: str
    kind: str
    place: Place
    whole: bool
    minute: int


FETCHES = st.sampled_from(PHONES).flatmap(
    lambda mac: st.builds(
        Fetch,
        mac=st.just(mac),
        kind=st.sampled_from(KINDS[mac]),
        place=st.sampled_from([Place.SITE, Place.SITE, Place.BENCH]),
        whole=st.sampled_from([True, True, False]),
        # Close together, so that boots come about, and over two months' ends.
        minute=st.integers(0, 40) | st.integers(0, 60 * 24 * 60),
    )
)
SHUFFLED = st.lists(st.lists(st.integers(0, 11), max_size=6), max_size=6)
"""Batches, as positions in the list of fetches: some come again, some late, some never."""


class _UndoneError(Exception):
    pass


@contextmanager
def undone(house: House) -> Iterator[None]:
    """Takes back everything that is written inside: a new house for each example."""
    try:
        with house.parts.store.transaction():
            yield
            raise _UndoneError
    except _UndoneError:
        pass


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fetches=st.lists(FETCHES, min_size=1, max_size=12), batches=SHUFFLED)
def test_any_deliveries_charge_each_fee_at_most_once(
    house: House, fetches: list[Fetch], batches: list[list[int]]
) -> None:
    with undone(house):
        entries = [_entry(house, fetch) for fetch in fetches]
        for batch in batches:
            house.parts.operations.boots.book(
                [entries[position] for position in batch if position < len(entries)]
            )
        booked = {position for batch in batches for position in batch if position < len(entries)}
        house.parts.operations.billing.run(START + timedelta(days=70))
        _check(house, [fetches[position] for position in sorted(booked)])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fetches=st.lists(FETCHES, min_size=1, max_size=12), batches=SHUFFLED)
def test_a_batch_comes_to_the_same_as_its_entries_one_by_one(
    house: House, fetches: list[Fetch], batches: list[list[int]]
) -> None:
    """Up to which delivery completes the configuration: one that is booked alone knows those
    booked before it only."""
    entries = [_entry(house, fetch) for fetch in fetches]
    groups = [[entries[at] for at in batch if at < len(entries)] for batch in batches]
    with undone(house):
        for group in groups:
            house.parts.operations.boots.book(group)
        at_once = _outcome(house)
    with undone(house):
        for group in groups:
            for entry in group:
                house.parts.operations.boots.book([entry])
        one_by_one = _outcome(house)
    assert at_once == one_by_one


def _outcome(house: House) -> object:
    """Who is in service and what was charged; not when, nor by which delivery."""
    states = [device_of(house.parts, mac).state for mac in PHONES]
    fees = sorted((one.subscription_id, one.side, one.kind) for one in charges(house.parts))
    return states, fees


def _entry(house: House, fetch: Fetch) -> JournalEntry:
    at = START + timedelta(hours=2, minutes=fetch.minute)
    return delivery(house.parts, fetch.mac, at, fetch.kind, fetch.place, whole=fetch.whole)


def _check(house: House, booked: list[Fetch]) -> None:
    found = charges(house.parts)
    once = Counter((one.subscription_id, one.side, one.kind, one.period) for one in found)
    assert set(once.values()) <= {1}
    for mac in PHONES:
        device = device_of(house.parts, mac)
        slot = house.parts.store.books.slot_of_device(device.id)
        assert slot is not None
        own = [one for one in found if one.slot_id == slot.id]
        in_service = device.state is State.IN_SERVICE
        assert in_service is bool(own)
        assert in_service is _booted_at_site([one for one in booked if one.mac == mac])
        assert len([one for one in own if one.period is None]) in {0, 2}


def _booted_at_site(booked: list[Fetch]) -> bool:
    """What it should come to, said in another way: some quarter of an hour saw every file."""
    arrived = [one for one in booked if one.whole and one.place is Place.SITE]
    return any(
        {other.kind for other in arrived if 0 <= other.minute - one.minute <= 15}
        == set(KINDS[one.mac])
        for one in arrived
    )
