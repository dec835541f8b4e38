"""docs/ledger.md: what it shows is what the program prints."""

from __future__ import annotations

import re
import shlex

from tests.cli.conftest import Run
from tests.cli.test_account import nobody_is_told
from tests.test_architecture import ROOT

__all__ = ["nobody_is_told"]

DOCUMENT = ROOT / "docs" / "ledger.md"


def examples() -> list[tuple[str, list[str]]]:
    """Each command with what stands below it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ provd "):
                found.append((line.removeprefix("$ provd "), []))
            else:
                found[-1][1].append(line)
    return found


def test_every_example_is_what_the_program_prints(run: Run) -> None:
    assert len(examples()) > 8
    for command, printed in examples():
        result = run(*shlex.split(command))
        told = [line.rstrip() for line in result.output.splitlines()]
        assert told == printed, command
