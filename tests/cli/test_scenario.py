"""`provd bill scenario`: a business played through, as tables and as JSON."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Run, printed, sentence


def scenario(run: Run, *more: str, file: Path | None = None) -> Result:
    return run("bill", "scenario", str(file or EXAMPLE), *more)


EXAMPLE = Path(__file__).parents[2] / "docs" / "scenarios" / "below-cost.yaml"


def test_it_prints_what_each_side_is_charged_and_what_remains(run_empty: Run) -> None:
    lines = [" ".join(line.split()) for line in printed(scenario(run_empty)).splitlines()]
    assert lines[0] == "A reseller sells below cost"
    assert "16 charges, times in UTC" in lines
    assert (
        "2026-12-11 15:40 Cutprice Corner Shop 5.42 EUR till Hosted phone, 2026-12-11 to "
        "2026-12-31 8.00 EUR x 21/31 days" in lines
    )
    assert "2027-01 Cutprice 8.00 EUR 10.00 EUR -2.00 EUR" in lines
    assert "Meridian Carrier: receivable: Bluebird 38.77 EUR" in lines


def test_it_prints_json(run_empty: Run) -> None:
    found = json.loads(printed(scenario(run_empty, "--format", "json")))
    assert found["title"] == "A reseller sells below cost"
    assert found["charges"][0]["amount"] == "25.00"


def test_it_can_end_sooner(run_empty: Run) -> None:
    found = json.loads(printed(scenario(run_empty, "--format", "json", "--until", "2026-12-31")))
    assert len(found["charges"]) == 8


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own.yaml"


def test_what_was_expected_otherwise_is_told_and_fails(run_empty: Run, own: Path) -> None:
    own.write_text(EXAMPLE.read_text().replace("Corner Shop: 21.42", "Corner Shop: 21.00"))
    result = scenario(run_empty, file=own)
    assert result.exit_code == 1
    assert result.stderr == (
        "Not as expected: Corner Shop owes 21.42 EUR, and 21.00 EUR was expected\n"
    )


def test_what_can_not_be_charged_is_told(run_empty: Run, own: Path) -> None:
    own.write_text(EXAMPLE.read_text().replace("wholesale: 10.00, ", ""))
    result = scenario(run_empty, file=own)
    assert result.stderr.startswith("Not charged in full: reception: wholesale: prices: seller 1")


def test_a_mistake_is_one_sentence_with_its_line(run_empty: Run, own: Path) -> None:
    own.write_text(EXAMPLE.read_text().replace("phone: till, address", "phone: tall, address"))
    assert sentence(scenario(run_empty, file=own)) == (
        "own.yaml line 38, boot.phone: there is no phone “tall”. There are: reception, till"
    )
