"""Scenarios as files have them, played with the vendors' folders read once."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from provd.configuration import Configuration
from provd.scenario import Outcome, play, read_scenario
from tests.operations.conftest import quickly, vendors_read_once

__all__ = ["quickly", "vendors_read_once"]

Play = Callable[[str], Outcome]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-scenarios", action="store_true", help="write what docs/scenarios come to"
    )


def played(text: str) -> Outcome:
    return play(read_scenario(textwrap.dedent(text).encode(), "trial.yaml"), Configuration())
