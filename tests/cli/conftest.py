"""The command line on a copy of the demonstration, at a fixed time, on a terminal of 80 columns."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from provd.cli import main
from tests.conftest import House
from tests.operations.conftest import clock, demonstration_data, quickly, vendors_read_once

__all__ = ["clock", "demonstration_data", "quickly", "vendors_read_once"]

Run = Callable[..., Result]


def run_on(data: Path) -> Run:
    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(
            main, ["--data", str(data), *arguments], input=typed, env={"COLUMNS": "80"}
        )

    return run


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Commands send logs to the standard error that they were started with."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def run(house: House) -> Run:
    """`provd --data DIR ...` on the demonstration."""
    return run_on(house.data)


@pytest.fixture
def run_empty(tmp_path: Path) -> Run:
    """`provd --data DIR ...` where nobody has started anything yet."""
    return run_on(tmp_path / "empty")


def sentence(result: Result) -> str:
    """The error of a command that refused: one sentence on standard error, exit code 1."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Error: ")
    return lines[0].removeprefix("Error: ")


def printed(result: Result) -> str:
    """What a command that worked printed."""
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.stdout
