"""`provd import`: summary, costs and mistakes on a terminal; the rules are the operation's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from provd.operations.importing_columns import COLUMNS
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.forms import rows

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "docs" / "import-sample.csv"
PASSWORD = "replace-with-the-password"


def test_the_sample_is_quoted_asked_about_and_registered(run: Run, house: House) -> None:
    result = run("import", str(SAMPLE), typed="y\n")
    text = printed(result)
    assert "2 phones in the file: 2 new." in text
    for amount in ("29.04 EUR", "58.38 EUR", "7.80 EUR every month", "13.00 EUR every month"):
        assert amount in " ".join(text.split())
    assert "Register 2 phones?" in result.stderr
    assert text.endswith("Registered 2 phones.\n")
    assert house.parts.operations.directory.devices(house.admin, search="4921").total == 1
    again = run("import", str(SAMPLE))
    assert printed(again) == "2 phones in the file: 0 new, 2 registered already just so.\n"
    assert PASSWORD not in result.output + again.output


@pytest.mark.parametrize("how", [("--dry-run",), ("--yes", "--dry-run")])
def test_a_dry_run_tells_the_same_and_changes_nothing(
    run: Run, house: House, how: tuple[str, ...]
) -> None:
    before = rows(house)
    assert "29.04 EUR" in printed(run("import", str(SAMPLE), *how))
    assert rows(house) == before


def test_who_does_not_agree_keeps_nothing(run: Run, house: House) -> None:
    before = rows(house)
    assert run("import", str(SAMPLE), typed="n\n").exit_code == 1
    assert rows(house) == before


def test_mistakes_stand_in_a_table_and_nothing_is_registered(
    run: Run, house: House, tmp_path: Path
) -> None:
    before = rows(house)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(SAMPLE.read_text().replace("T43U", "T\x1b[2J").replace("4920", "a b"))
    result = run("import", str(wrong), "--yes")
    assert result.exit_code == 1
    assert "2 mistakes" in result.stdout
    table = result.stderr.splitlines()
    assert [line.split()[:2] for line in table[1:3]] == [["2", "line1_user"], ["3", "model"]]
    assert table[-1] == "Error: nothing was registered. Mend the file and import it again"
    assert "\x1b" not in result.output
    assert PASSWORD not in result.output
    assert rows(house) == before


def test_the_file_may_come_by_a_pipe_if_nobody_is_to_be_asked(run: Run) -> None:
    assert "Registered 2 phones" in printed(
        run("import", "-", "--yes", typed=SAMPLE.read_text("utf-8"))
    )


def test_the_columns_are_listed_and_documented(run: Run) -> None:
    text = printed(run("import", "--columns"))
    documented = (ROOT / "docs" / "importing.md").read_text("utf-8")
    for column in COLUMNS:
        assert column.name in text
        needed = "yes" if column.needed else ""
        assert f"| `{column.name}` | {needed} | {column.doc} |".replace("|  |", "| |") in documented


def test_standard_input_is_not_asked_for_both_file_and_answer(run: Run, house: House) -> None:
    before = rows(house)
    assert "Give --yes too" in sentence(run("import", "-", typed=SAMPLE.read_text("utf-8")))
    assert rows(house) == before


def test_a_document_is_registered_and_its_mistakes_stand_with_their_lines(
    run: Run, house: House, tmp_path: Path
) -> None:
    sample = ROOT / "docs" / "import-sample.yaml"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(sample.read_text().replace("T46U", "T4X6"))
    result = run("import", str(wrong), "--yes")
    assert result.exit_code == 1
    table = result.stderr.splitlines()
    assert table[0].split()[:2] == ["line", "key"]
    assert table[1].split()[:2] == ["5", "model"]
    assert "Registered 2 phones" in printed(run("import", str(sample), "--yes"))
    assert "2 registered already" in printed(run("import", str(sample)))


def test_the_schema_is_json(run: Run) -> None:
    assert json.loads(printed(run("schema")))["$schema"].endswith("2020-12/schema")


def test_customers_and_sites_of_a_file_are_told_made_and_not_made_again(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "places.yaml"
    file.write_text("customers:\n  - name: Mill\n    sites: [{name: Yard}, {name: Barn}]\n")
    dry = printed(run("import", str(file), "--dry-run"))
    assert "1 customer, 2 sites will be created:\n  Mill\n  Mill/Yard\n  Mill/Barn\n" in dry
    asked = run("import", str(file), typed="y\n")
    assert "Create 1 customer, 2 sites?" in asked.stderr
    assert printed(asked).endswith("Created 1 customer, 2 sites.\n")
    again = printed(run("import", str(file), "--yes"))
    assert "created" not in again.lower()


def test_a_sheet_creates_what_it_names_only_when_asked_to(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "phones.csv"
    text = SAMPLE.read_text()
    assert "Front desk" in text
    file.write_text(text.replace("Front desk", "New desk"))
    assert "2 mistakes" in run("import", str(file), "--yes").stdout
    made = printed(run("import", str(file), "--yes", "--create-missing"))
    assert "1 site will be created:" in made
    assert made.endswith("Created 1 site.\nRegistered 2 phones.\n")
