"""The businesses of docs/scenarios come to what stands beside them, and to what their authors have
worked out by hand. Renew with: pytest tests/scenario --renew-scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.configuration import Configuration
from provd.scenario import play, read_scenario
from provd.scenario.telling import as_json

FOLDER = Path(__file__).parents[2] / "docs" / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_business_comes_to_what_it_is_said_to(file: Path, request: pytest.FixtureRequest) -> None:
    scenario = read_scenario(file.read_bytes(), file.name)
    outcome = play(scenario, Configuration())
    kept = file.with_suffix(".json")
    if request.config.getoption("--renew-scenarios", default=False):
        kept.write_text(as_json(outcome), encoding="utf-8")
    assert as_json(outcome) == kept.read_text(encoding="utf-8")
    assert scenario.business.expect.owes
    assert outcome.unexpected == ()


def test_there_are_examples() -> None:
    assert len(FILES) >= 1
    assert {file.stem for file in FILES} == {file.stem for file in FOLDER.glob("*.json")}


def test_a_credit_note_may_be_for_an_amount_of_a_line() -> None:
    whole = (FOLDER / "month-end.yaml").read_text()
    part = whole.replace("lines: [1]}", "amounts: {1: 1.50}}")
    assert part != whole
    outcome = play(read_scenario(part.encode(), "part"), Configuration())
    (note,) = [one for one in outcome.invoices if one.number.startswith("CN-")]
    assert (str(note.net), str(note.gross)) == ("1.50 EUR", "1.79 EUR")
