"""Booking makes room for phones, and for all the more the more they ask."""

import pytest

from provd.provisioning.restraint import BUSY, IDLE, Restraint


class Machine:
    """Its three clocks, in seconds."""

    def __init__(self) -> None:
        self.own = self.everybody = self.wall = 100.0
        self.restraint = Restraint(lambda: self.own, lambda: self.everybody, lambda: self.wall)

    def batch(self, worked: float, others: float, waited: float = 0.0) -> None:
        """Books for so long, while the other threads computed so long, and the disk took its
        time."""
        self.restraint.begin()
        self.own += worked
        self.everybody += worked + others
        self.wall += worked + others + waited


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_alone_it_takes_half(machine: Machine) -> None:
    machine.batch(0.2, others=0.0)
    assert machine.restraint.rest(0.0) == pytest.approx(0.2 * IDLE)


def test_beside_a_busy_reactor_it_takes_a_fiftieth(machine: Machine) -> None:
    machine.batch(0.001, others=1.0)
    assert machine.restraint.rest(0.0) == pytest.approx(0.001 * BUSY, rel=0.01)


def test_what_it_waits_for_a_disk_takes_nothing_from_phones(machine: Machine) -> None:
    machine.batch(0.1, others=0.0, waited=5.0)
    assert machine.restraint.rest(0.0) == pytest.approx(0.1 * IDLE)


def test_others_count_by_what_they_did_since_the_last_rest(machine: Machine) -> None:
    machine.batch(0.1, others=10.0)
    busy = machine.restraint.rest(0.0)
    machine.wall += busy
    machine.batch(0.1, others=0.0)
    assert machine.restraint.rest(0.0) == pytest.approx(0.1 * IDLE)


def test_during_a_rest_it_tells_what_is_left_to_do(machine: Machine) -> None:
    machine.batch(0.1, others=10.0)
    assert machine.restraint.rest(0.0) == pytest.approx(0.1 * BUSY, rel=0.02)
    machine.wall += 1.0
    machine.everybody += 0.5
    half = IDLE + (BUSY - IDLE) / 2
    assert machine.restraint.rest(0.0) == pytest.approx(0.1 * half)
    machine.wall += 1.0
    assert machine.restraint.rest(0.0) == pytest.approx(0.1 * IDLE)


def test_a_long_backlog_makes_it_bolder(machine: Machine) -> None:
    rests = []
    for backlog in (0.0, 0.5, 1.0, 7.0):
        machine.batch(0.1, others=10.0)
        rests.append(machine.restraint.rest(backlog))
    assert rests == sorted(rests, reverse=True)
    assert rests[2] == rests[3] == pytest.approx(0.1 * IDLE)


def test_clocks_that_stand_still_are_taken_for_a_busy_machine(machine: Machine) -> None:
    machine.restraint.begin()
    machine.own += 0.1
    assert machine.restraint.rest(0.0) == pytest.approx(0.1 * BUSY)
