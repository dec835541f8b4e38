"""Playing a scenario: it is opened, then each event happens when the clock has come to it."""

from __future__ import annotations

from datetime import datetime

from provd.configuration import Configuration
from provd.errors import InputError, LifecycleError, MoneyError
from provd.scenario.acts import ACTS
from provd.scenario.document import ExpectPart
from provd.scenario.house import house
from provd.scenario.opening import opened
from provd.scenario.outcome import Outcome, outcome_of
from provd.scenario.reading import Event, Scenario
from provd.scenario.world import World


def play(
    scenario: Scenario, configuration: Configuration, *, until: datetime | None = None
) -> Outcome:
    """What came of all events, or of those up to `until`, at which billing runs a last time.

    Raises InputError, with file and line, for what an operation refuses.
    """
    events = [one for one in scenario.events if until is None or one.at <= until]
    with house(configuration) as made:
        first = min((one.at for one in events), default=until)
        if first is not None:
            made.clock.now = first
        world = opened(scenario, made)
        for event in events:
            made.clock.now = event.at
            happen(world, event)
        if until is not None:
            made.clock.now = until
            world.reports.append(made.operations.billing.run(until))
        # What was worked out is the end of all events.
        expected = scenario.business.expect if until is None else ExpectPart()
        return outcome_of(scenario.business.title, expected, world)


def happen(world: World, event: Event) -> None:
    """Raises InputError, with file and line, for what an operation refuses."""
    try:
        ACTS[event.name](world, event.what)
    except InputError as error:
        key = ".".join(part for part in (event.name, error.key) if part)
        raise InputError(error.problem, where=event.where, key=key, remedy=error.remedy) from error
    except (LifecycleError, MoneyError) as error:
        raise InputError(str(error), where=event.where, key=event.name) from error
