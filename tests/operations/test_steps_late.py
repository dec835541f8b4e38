"""Whatever happens to a leased phone, and whenever billing runs between: the same charges."""

from __future__ import annotations

from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from provd.billing.charge import Charge
from provd.errors import ProvdError
from provd.operations.life import Step
from provd.operations.replacing import ReplaceForm
from tests.conftest import House
from tests.operations.conftest import START, Clock
from tests.operations.deliveries import delivery
from tests.operations.forms import registered
from tests.operations.steps import bound_plan
from tests.operations.test_exactly_once import undone

FIRST = "80:5e:c0:00:00:77"
OTHERS = [f"80:5e:c0:00:00:{number:02x}" for number in range(0xA0, 0xA8)]
END = START + timedelta(days=900)
Happening = tuple[str, int]
HAPPENING = ["suspend", "resume", "replace", "swap", "return", "retire", "boot", "back"]
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["suspend", "resume", "replace", "swap", "return", "retire", "boot", "back"]
        ),
        st.integers(1, 60 * 24 * 60),
    ),
    min_size=1,
    max_size=6,
)


def play(house: House, clock: Clock, happenings: list[Happening], runs: list[int]) -> list[str]:
    """All of it, with billing runs after so many days each, and one at the end."""
    clock.now = START
    registered(house, plan_id=bound_plan(house).id)
    house.parts.operations.boots.book([delivery(house.parts, FIRST, START)])
    at, here, gone, moments = START, FIRST, FIRST, []
    for name, minutes in happenings:
        at += timedelta(minutes=minutes)
        moments.append((at, name))
    # Between two minutes: nothing else ever happens then.
    moments += [(START + timedelta(days=days, seconds=30), "run") for days in runs]
    new = iter(OTHERS)
    for clock.now, name in sorted(moments):
        here, gone = happen(house, name, here, gone, clock.now, new)
    house.parts.operations.billing.run(END)
    return sorted(map(told, house.parts.store.books.charges()))


def happen(
    house: House, name: str, here: str, gone: str, at: datetime, new: object
) -> tuple[str, str]:
    """Which phone is in the slot afterwards, and which left it last."""
    operations, actor = house.parts.operations, house.reseller
    try:
        if name == "run":
            operations.billing.run(at)
        elif name == "boot":
            operations.boots.book([delivery(house.parts, here, at)])
        elif name in {"replace", "swap"}:
            mac = next(new)  # type: ignore[call-overload]
            operations.replacing.replace(actor, here, ReplaceForm(mac, returned=name == "swap"))
            return mac, here
        else:
            step = Step.RETURN if name == "back" else Step(name)
            operations.life.take(actor, gone if name == "back" else here, step)
    except ProvdError:
        pass  # what cannot be is refused, and changes nothing
    return here, gone


def told(charge: Charge) -> str:
    """All of it but what holds numbers that were given out: key and cause."""
    of = f"{charge.side} {charge.kind} {charge.text}"
    return f"{of} {charge.amount} {charge.due_at} {charge.calculation}"


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happenings=HAPPENINGS, runs=st.lists(st.integers(0, 400), max_size=4))
def test_billing_late_is_billing_often(
    house: House, clock: Clock, happenings: list[Happening], runs: list[int]
) -> None:
    with undone(house):
        late = play(house, clock, happenings, [])
    with undone(house):
        often = play(house, clock, happenings, runs)
    assert often == late
