"""Two values of one setting that make the same files of a phone: the phone can't tell them apart,
and of one of them that must be noted. Nothing that somebody set is dropped in silence.

What each value makes stands in the vendors' tests/golden/choices, which are compared with what
comes out elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from provd.vendors.choices import NO_WORD, NOTHING, SAME

PLUGINS = Path(__file__).parents[2] / "plugins"
GOLDEN = sorted(PLUGINS.glob("*/tests/golden/choices"))
SETTING = re.compile("([a-z0-9_.]+) = (.+)")
ALIKE = {
    ("alcatel", "tones.country", "CA", "US"): "they are the same",
    ("algo", "codecs", "pcma", "pcmu"): "they offer both, whatever they are told",
    (
        "cisco_spa",
        "provisioning.file_form",
        "openssl-md5",
        "openssl-sha256",
    ): "the file is encrypted otherwise, with the same in it",
}
Outcomes = dict[tuple[str, str], dict[str, str]]


def outcomes(text: str) -> Outcomes:
    """(setting, case) -> value -> what becomes of the case's files."""
    found: Outcomes = {}
    for section in re.split(r"\n(?=\S)", text.strip()):
        if setting := SETTING.match(section):
            for clause in re.split(r"\n {2}(?=\S)", section)[1:]:
                names, _, outcome = clause.partition(": ")
                for name in names.split(", "):
                    found.setdefault((setting[1], name), {})[setting[2]] = outcome
    return found


def silent(told: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Values that are taken one for the other. Where no value changes anything the phone has no
    such setting, which is told elsewhere."""
    noted = {value for value, outcome in told.items() if NO_WORD in outcome}
    same = {value: NOTHING if outcome == SAME else outcome for value, outcome in told.items()}
    if any("\n" in outcome for outcome in told.values()):
        yield from (
            (a, b) for a, b in combinations(same, 2) if same[a] == same[b] and not {a, b} & noted
        )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parts[-4])
def test_no_value_is_taken_for_another_in_silence(path: Path) -> None:
    found = outcomes(path.read_text("utf-8"))
    vendor = path.parts[-4]
    taken = {(vendor, place[0], *pair) for place, told in found.items() for pair in silent(told)}
    assert not taken - ALIKE.keys()


def test_there_is_much_to_look_at() -> None:
    assert sum(len(outcomes(path.read_text("utf-8"))) for path in GOLDEN) > 500


def test_a_silent_value_is_found() -> None:
    text = "a.b = x\n  one, two: as in the case\n"
    text += "a.b = y\n  one: nothing changes\n  two: device\n    +q\n"
    text += "a.b = z\n  one, two: device\n    +r\n"
    found = outcomes(text)
    assert list(silent(found["a.b", "one"])) == [("x", "y")]
    assert not list(silent(found["a.b", "two"]))
    assert not list(silent(found["a.b", "one"] | {"y": NO_WORD}))
