"""provd trust: ways opened and shut for a site."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

from tests.cli.conftest import sentence
from tests.conftest import House

Run = Callable[..., Result]


def ways_of(house: House) -> object:
    sites = house.parts.store.sites.in_scope(house.admin.scope)
    return [site.settings.get("trust.ways") for site in sites if site.name == "Front desk"]


def test_ways_are_set_listed_and_taken_back(run: Run, house: House) -> None:
    assert "as everywhere" in run("trust", "list").output
    told = run("trust", "set", "Front desk", "certificate", "network")
    assert told.exit_code == 0, told.output
    assert "certificate, network" in told.output
    assert ways_of(house) == [["certificate", "network"]]
    assert "certificate, network" in run("trust", "list").output
    assert run("trust", "set", "Front desk", "--default").exit_code == 0
    assert ways_of(house) == [None]


def test_what_can_not_be_meant_is_refused(run: Run, house: House) -> None:
    assert "give either ways or --default" in sentence(run("trust", "set", "Front desk"))
    assert "there is no site" in sentence(run("trust", "set", "Nowhere", "token"))
    twice = sentence(run("trust", "set", "Front desk", "token", "token"))
    assert "trust.ways: the list names something twice" in twice
    assert run("trust", "set", "Front desk", "netwrok").exit_code == 2
    assert ways_of(house) == [None]
