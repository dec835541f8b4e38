"""Off, a while, on: and on in any case. First without a wire, then at a real agent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from provd.devices.secret import Secret
from provd.errors import PowerError
from provd.poe.cycling import PAUSES, Cycled, PortState, power_cycle
from provd.poe.port import Community, PowerPort, User
from provd.poe.snmp import SnmpSwitch
from tests.poe.snmp_agent import AUTH, COMMUNITY, HOST, PRIVACY, USER, Agent, snmp_agent


class Paper:
    """A switch on paper. `failing` holds, for each call of turn, whether it fails; `deaf`: it says
    yes, and does nothing."""

    def __init__(self, *failing: bool, on: bool = True, deaf: bool = False) -> None:
        self.on = on
        self.deaf = deaf
        self.turned: list[bool] = []
        self._failing = iter(failing)

    def read(self) -> PortState:
        return PortState(self.on, self.on)

    def turn(self, *, on: bool) -> None:
        self.turned.append(on)
        if next(self._failing, False):
            raise PowerError("no answer")
        if not (self.deaf and on):
            self.on = on


def test_it_is_off_for_so_long_and_then_on() -> None:
    waited: list[float] = []
    switch = Paper()
    assert power_cycle(switch, 7.0, waited.append) == Cycled(fed=True)
    assert (switch.turned, switch.on, waited) == ([False, True], True, [7.0])


def test_a_port_that_somebody_switched_off_stays_so() -> None:
    switch = Paper(on=False)
    with pytest.raises(PowerError, match="off already"):
        power_cycle(switch, 1, lambda _: None)
    assert switch.turned == []


def test_a_switch_that_did_not_answer_off_may_have_done_it() -> None:
    switch = Paper(True)
    with pytest.raises(PowerError, match="no answer"):
        power_cycle(switch, 1, lambda _: None)
    assert switch.turned == [False, True]
    assert switch.on


def test_switching_on_is_tried_again_with_pauses() -> None:
    waited: list[float] = []
    switch = Paper(False, True, True, True)
    power_cycle(switch, 5.0, waited.append)
    assert switch.on
    assert waited == [5.0, 1.0, 2.0, 4.0]


def test_whoever_interrupts_the_wait_gets_the_port_on() -> None:
    switch = Paper()

    def wait(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        power_cycle(switch, 5.0, wait)
    assert switch.on


@pytest.mark.parametrize("switch", [Paper(False, *[True] * 9), Paper(deaf=True)])
def test_a_port_that_stays_off_is_said_loudly(switch: Paper) -> None:
    with pytest.raises(PowerError, match="THE PORT MAY BE OFF"):
        power_cycle(switch, 1, lambda _: None)
    assert switch.turned == [False] + [True] * len(PAUSES)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    with snmp_agent(tmp_path_factory.mktemp("snmpd")) as agent:
        yield agent


@pytest.fixture
def agent(running: Agent) -> Agent:
    running.forget()
    return running


V2C = Community(Secret(COMMUNITY))
V3 = User(USER, "sha", Secret(AUTH), "aes", Secret(PRIVACY))


@contextmanager
def at(agent: Agent, access: Community | User = V2C, number: int = 3) -> Iterator[SnmpSwitch]:
    """Patient, but with a community for which nobody answers."""
    seconds = 10.0 if isinstance(access, User) or access == V2C else 0.2
    port = PowerPort(HOST, agent.port, 1, number, access)
    with SnmpSwitch(port, seconds=seconds, retries=0) as switch:
        yield switch


@pytest.mark.parametrize("access", [V2C, V3], ids=["2c", "3"])
def test_snmpd_switches_the_port_off_and_on(agent: Agent, access: Community | User) -> None:
    states: list[PortState] = []
    with at(agent, access) as switch:
        done = power_cycle(switch, 5.0, lambda _: states.append(switch.read()))
        assert done == Cycled(fed=True)
        assert states == [PortState(enabled=False, delivers=False)]
        assert agent.sets == [(3, 2), (3, 1)]
        assert switch.read() == PortState(enabled=True, delivers=True)


def test_snmpd_may_refuse_for_a_while(agent: Agent) -> None:
    agent.refuse(2)
    with at(agent) as switch:
        power_cycle(switch, 5.0, lambda _: None)
        assert agent.sets == [(3, 2), (3, 1), (3, 1), (3, 1)]
        assert switch.read().enabled


def test_a_port_that_feeds_nothing_is_known(agent: Agent) -> None:
    with at(agent, number=4) as switch:
        assert switch.read() == PortState(enabled=True, delivers=False)


@pytest.mark.parametrize(
    ("access", "number", "said"),
    [
        (V2C, 9, "There is no port 1.9"),
        (Community(Secret("wrong")), 3, "No SNMP response"),
        (
            User(USER, "sha", Secret("wrongwrong"), "aes", Secret(PRIVACY)),
            3,
            "Wrong SNMP PDU digest",
        ),
        (User("nobody", "sha", Secret(AUTH), "aes", Secret(PRIVACY)), 3, "Unknown USM user"),
    ],
    ids=["port", "community", "password", "user"],
)
def test_what_snmpd_does_not_take_is_told_and_nothing_is_switched(
    agent: Agent, access: Community | User, number: int, said: str
) -> None:
    with at(agent, access, number) as switch, pytest.raises(PowerError, match=said) as caught:
        power_cycle(switch, 5.0, lambda _: None)
    assert "wrong" not in str(caught.value)
    assert agent.sets == []


def test_a_switch_that_has_no_address_is_told() -> None:
    nowhere = PowerPort("no-such-host.invalid", 161, 1, 1, V2C)
    with SnmpSwitch(nowhere) as switch, pytest.raises(PowerError, match="can't be asked"):
        switch.read()
