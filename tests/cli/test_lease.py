"""`provd lease`: list, show, add, replace, returned, end, buy-out."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.forms import rows
from tests.operations.steps import bound_plan

ADD = ("lease", "add", "front desk", "--item", "switch", "--serial", "SN-1", "--model", "CRS112")
PLAN = ("--plan", "bound slot")


@pytest.fixture
def switch(run: Run, house: House) -> str:
    """Its number."""
    bound_plan(house)
    return printed(run(*ADD, *PLAN, "--yes")).splitlines()[-1].split()[0]


def test_a_switch_is_quoted_and_leased(run: Run, house: House) -> None:
    bound_plan(house)
    before = rows(house)
    refused = run(*ADD, *PLAN, typed="n\n")
    assert refused.exit_code == 1
    assert rows(house) == before
    text = printed(run(*ADD, *PLAN, "--yes"))
    assert "The lease binds for 24 months" in text
    assert "Retail: Hardware bought: 90.00 EUR" in text
    assert text.endswith("is leased: switch CRS112 SN-1\n")


def test_leases_are_listed_with_what_they_cost(run: Run, switch: str) -> None:
    text = printed(run("lease", "list"))
    assert len(text.splitlines()) == 6
    [line] = printed(run("lease", "list", "sn-1")).splitlines()[1:]
    for part in (switch, "switch CRS112 SN-1", "2028-08-12", "6.50 EUR", "leased"):
        assert part in line
    assert printed(run("lease", "list", "nothing")) == "No lease matches “nothing”.\n"


def test_what_became_of_it_is_shown(run: Run, switch: str) -> None:
    swap = ("lease", "replace", switch, "--serial", "SN-2", "--reason", "fan broken")
    text = printed(run(*swap, "--yes"))
    assert "Unless it comes back: 120.00 EUR (retail)" in text
    assert text.endswith("switch CRS112 SN-2: leased, due back by 2026-08-26\n")
    shown = printed(run("lease", "show", "SN-2"))
    for part in ("Bound slot", "90.00 EUR", "by 2026-08-26", "device-removed", "fan broken"):
        assert part in shown
    assert printed(run("lease", "returned", "SN-2", "--yes")).endswith("SN-2: leased\n")
    assert printed(run("lease", "buy-out", "SN-2", "--yes")).endswith("SN-2: bought\n")
    assert printed(run("lease", "buy-out", "SN-2")).endswith("bought already\n")


def test_an_end_is_asked_about(run: Run, switch: str) -> None:
    assert run("lease", "end", switch, "--on", "2026-10-01", typed="n\n").exit_code == 1
    text = printed(run("lease", "end", switch, "--on", "2026-10-01", "--yes"))
    assert text.endswith("ends 2026-10-01, due back by 2026-10-15\n")


def test_what_is_not_there_is_one_sentence(run: Run) -> None:
    assert "there is no lease" in sentence(run("lease", "show", "SN-7"))
