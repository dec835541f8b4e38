"""A business played through on paper: accounts, a catalogue and dated events of one file, on a
database in memory, under a clock that the events move.

Everything is done by the operations that people, phones and the billing run use; here is no
arithmetic. It must not know where a file comes from, or how the outcome is printed.
"""

from provd.scenario.outcome import Outcome
from provd.scenario.playing import play
from provd.scenario.reading import Scenario, read_scenario

__all__ = ["Outcome", "Scenario", "play", "read_scenario"]
