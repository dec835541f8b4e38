"""`provd invoice`, `provd profile`, `provd tax`: docs/invoices.md, and what goes wrong."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.conftest import Clock
from tests.operations.invoices import boot, settle

GUIDE = Path(__file__).parents[2] / "docs" / "invoices.md"
SESSIONS = re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(autouse=True)
def september(house: House, clock: Clock) -> None:
    boot(house)
    clock.now = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
def settled(house: House) -> None:
    settle(house)


def steps() -> Iterator[tuple[str, list[str]]]:
    for session in SESSIONS:
        for block in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            command, *output = block.splitlines()
            yield command, output


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_the_guide_shows_what_the_commands_print(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = list(steps())
    assert len(shown) > 8
    for command, output in shown:
        program, *arguments = shlex.split(command)
        assert program == "provd"
        assert lines(printed(run(*arguments))) == output, command
    assert (tmp_path / "Invoice-2026-00001.pdf").read_bytes().startswith(b"%PDF-")


def test_whoever_can_not_be_invoiced_is_told_with_the_remedy(run: Run) -> None:
    result = run("invoice", "run", "--month", "2026-08")
    assert result.exit_code == 1
    assert 'provd profile set "Bluebird Telephony"' in result.stderr


def test_a_month_that_is_not_over_is_told(run: Run, settled: None) -> None:
    result = run("invoice", "run", "--month", "2026-09")
    assert result.exit_code == 0
    assert "September is not over" in result.stderr


def test_nothing_is_issued_unless_somebody_agrees(run: Run, settled: None) -> None:
    run("invoice", "run", "--month", "2026-08")
    result = run("invoice", "finalise", "--month", "2026-08", typed="n\n")
    assert result.exit_code == 1
    assert "Issue 2 invoices?" in result.stderr
    assert "2026-00001" not in printed(run("invoice", "list"))


def test_one_that_can_not_be_issued_holds_up_no_other(
    run: Run, house: House, settled: None
) -> None:
    run("invoice", "run", "--month", "2026-08")
    run("profile", "set", "#3", "--country", "AT", "--vat-id", "ATU12345678")
    result = run("invoice", "finalise", "--month", "2026-08", "--send", "--yes")
    assert result.exit_code == 1
    assert "Not issued: Draft #2: invoice: a profile or a tax rate has changed" in result.stderr
    assert "Invoice 2026-00001 to Meridian Carrier" not in result.stdout
    assert "Invoice 2026-00001 to Bluebird Telephony: 17.28 EUR, due 2026-09-15" in result.stdout
    assert "billing@nordfon.example" in printed(run("invoice", "queue"))
    assert "no mail server" in sentence(run("invoice", "send"))


def test_void_and_credit_ask_first_and_tell_what_became_of_it(run: Run, settled: None) -> None:
    run("invoice", "run", "--month", "2026-08")
    assert "Draft #1 is gone" in printed(run("invoice", "void", "#1", "--yes"))
    run("invoice", "finalise", "#2", "--yes")
    asked = run("invoice", "credit", "#2", "--reason", "Wrong", typed="n\n")
    assert "With tax 5.55 EUR that is 34.74 EUR of 34.74 EUR." in asked.stdout
    assert asked.exit_code == 1
    voided = run("invoice", "void", "2026-00001", "--reason", "Wrong", "--yes")
    assert "Invoice 2026-00001 is void; its charges are free." in printed(voided)
    assert "is void already" in sentence(run("invoice", "void", "#2", "--reason", "x", "--yes"))


def test_a_profile_and_the_rates_are_shown(run: Run, settled: None) -> None:
    shown = printed(run("profile", "show", "Bluebird Telephony"))
    assert "Hafenstraße 7, 2. Stock, 20457 Hamburg" in shown
    assert "DE02120300000000202051" in shown
    run("tax", "set", "#2", "standard", "7,5", "--from", "2027-01-01")
    result = run("tax", "set", "#2", "standard", "7,5", "--from", "2027-01-01")
    assert "“7,5” is no rate of tax" in sentence(result)
    made = run("tax", "set", "#2", "standard", "16", "--from", "2027-01-01", "--debtor", "#3")
    assert "takes 16 % (standard) in #3 from 2027-01-01 on" in printed(made)
    assert "Harbour Dental Practice" in printed(run("tax", "list", "#2"))
