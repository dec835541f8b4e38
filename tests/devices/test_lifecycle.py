"""The arrows of the life cycle."""

import pytest

from provd.devices.lifecycle import (
    ARROWS,
    SERVED,
    Place,
    State,
    check_arrow,
    state_after_delivery,
    told_alike,
)
from provd.errors import LifecycleError


def test_every_state_has_its_row_and_all_but_discovered_can_be_reached() -> None:
    assert set(ARROWS) == set(State)
    reached = {after for arrows in ARROWS.values() for after in arrows}
    assert reached == set(State) - {State.DISCOVERED}


def test_an_arrow_that_exists_passes() -> None:
    check_arrow(State.STAGED, State.SHIPPED)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.RETIRED, State.IN_SERVICE),
        (State.DISCOVERED, State.IN_SERVICE),
        (State.IN_SERVICE, State.STAGED),
        (State.SHIPPED, State.SHIPPED),
    ],
)
def test_an_arrow_that_does_not_exist_is_refused_with_those_that_do(
    before: State, after: State
) -> None:
    with pytest.raises(LifecycleError, match="it may become"):
        check_arrow(before, after)


@pytest.mark.parametrize("state", [State.REGISTERED, State.STAGED, State.SHIPPED])
def test_a_full_configuration_at_the_site_puts_a_phone_in_service(state: State) -> None:
    assert state_after_delivery(state, Place.SITE) is State.IN_SERVICE
    check_arrow(state, State.IN_SERVICE)


@pytest.mark.parametrize("state", list(State))
def test_a_fetch_on_the_bench_moves_nothing(state: State) -> None:
    assert state_after_delivery(state, Place.BENCH) is None


@pytest.mark.parametrize("state", [State.IN_SERVICE, State.SUSPENDED, State.RETURNED])
def test_booting_again_moves_nothing(state: State) -> None:
    assert state_after_delivery(state, Place.SITE) is None


@pytest.mark.parametrize("state", list(State))
def test_only_a_suspended_phone_is_told_something_else(state: State) -> None:
    assert told_alike(state, state)
    assert not told_alike(state, State.SUSPENDED) or state is State.SUSPENDED
    assert told_alike(State.IN_SERVICE, state) is (state in SERVED - {State.SUSPENDED})


def test_what_was_written_off_and_turns_up_can_only_come_back() -> None:
    assert ARROWS[State.RETIRED] == {State.RETURNED}


def test_phones_that_are_out_of_business_get_no_configuration() -> None:
    assert SERVED.isdisjoint({State.DISCOVERED, State.RETURNED, State.RETIRED})
