"""What a reload may change, and what it does without the database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from provd.app import Provd, now
from provd.configuration import KEYS, Configuration
from provd.configuration_file import configuration_from
from provd.errors import MigrationError, PluginError
from provd.reloading import AT_START, Prepared, Reloader, changeable, pinned, prepared
from tests.conftest import House
from tests.test_starting import without_database


def test_every_key_that_needs_a_restart_is_a_key() -> None:
    assert set(AT_START) <= set(KEYS)


@pytest.mark.parametrize(
    ("key", "value"),
    [("data", Path("/d")), ("listen.http_port", 80), ("database.url", "postgresql://u:p@h/n")],
)
def test_what_needs_a_restart_stays_and_is_named(key: str, value: object) -> None:
    old = Configuration.load(None, {})
    wanted = Configuration.load(None, {}, {key: value, "log.level": "debug"})
    effective, waiting = changeable(old, wanted)
    assert waiting == (key,)
    assert effective.log.level == "debug"
    assert effective.data == old.data
    assert effective.listen == old.listen
    assert effective.database.url == old.database.url


def test_nothing_waits_where_nothing_changed() -> None:
    configuration = Configuration.load(None, {})
    assert changeable(configuration, configuration) == (configuration, ())


@pytest.mark.parametrize("metrics", ["", "9100", "[::1]:9100"])
def test_what_is_pinned_wins_over_a_file_that_has_changed(tmp_path: Path, metrics: str) -> None:
    given = {
        "data": tmp_path / "d",
        "listen.addresses": "192.0.2.1,2001:db8::1",
        "listen.legacy_port": 6904,
        "listen.metrics": metrics,
        "database.url": "postgresql://u:p@h/n",
        "workers": 3,
        "portal.idle_minutes": 5,
    }
    ours = Configuration.load(None, {}, given)
    changed = tmp_path / "provd.yaml"
    changed.write_text(
        "data: elsewhere\nworkers: 9\nlisten: {port_base: 7000, addresses: ['::'], metrics: 9,"
        " legacy_port: 9}\ndatabase: {url: 'postgresql://u:p@h/other'}\nlog: {level: debug}\n"
        "portal: {idle_minutes: 9, session_hours: 9}\n"
    )
    theirs = Configuration.load(changed, {"PROVD_LISTEN__PORT_BASE": "8000"} | pinned(ours))
    assert changeable(ours, theirs) == (theirs, ())
    assert theirs.log.level == "debug"


@pytest.fixture
def changed(house: House, tmp_path: Path) -> Configuration:
    """What is in provd.yaml by now. All vendors take a while to read: one will do."""
    plugins = tmp_path / "fewer"
    plugins.mkdir()
    (plugins / "algo").symlink_to(house.parts.configuration.plugins / "algo")
    (house.data / "provd.yaml").write_text(
        "networks: {bench: [192.0.2.0/24], tftp: [192.0.2.0/24]}\nworkers: 2\n"
        f"plugins: {plugins}\n"
    )
    return configuration_from({}, {"data": str(house.data)})


def test_without_the_database_all_is_reloaded_but_plugins_and_profiles(
    house: House, changed: Configuration
) -> None:
    without_database(house)
    ready = prepared(house.parts, changed, now())
    assert "can't be opened" in ready.away
    assert ready.waiting == ("workers",)
    assert ready.parts.configuration.networks.tftp == changed.networks.tftp
    assert ready.parts.registry is house.parts.registry
    assert ready.parts.profiles is house.parts.profiles
    assert ready.parts.store is house.parts.store


def test_with_the_database_plugins_and_profiles_are_reloaded(
    house: House, changed: Configuration
) -> None:
    ready = prepared(house.parts, changed, now())
    assert ready.away == ""
    assert ready.parts.registry is not house.parts.registry
    assert ready.parts.profiles is not house.parts.profiles


def test_what_is_wrong_beside_the_database_refuses_a_reload_without_it(
    house: House, changed: Configuration, tmp_path: Path
) -> None:
    without_database(house)
    wrong = tmp_path / "plugins" / "acme"
    wrong.mkdir(parents=True)
    (wrong / "plugin.yaml").write_text("name: other\n")
    with pytest.raises(PluginError):
        prepared(house.parts, changed.model_copy(update={"plugins": wrong.parent}), now())


def test_a_database_of_a_newer_provd_refuses_a_reload(house: House, changed: Configuration) -> None:
    house.parts.store._database.sql("UPDATE schema_version SET number = 99 WHERE number = 1")
    with pytest.raises(MigrationError, match="newer"):
        prepared(house.parts, changed, now())


async def at_once(function: Callable[[], Prepared]) -> Prepared:
    return function()


def test_the_log_says_what_stayed_and_what_to_do(house: House, changed: Configuration) -> None:
    without_database(house)
    taken: list[Provd] = []
    reloader = Reloader(
        lambda: changed,
        lambda: house.parts,
        lambda ready: taken.append(ready.parts),
        in_thread=at_once,
        clock=now,
    )
    with structlog.testing.capture_logs() as said:
        reloader.ask()
    [line] = [one for one in said if one["event"] == "reloaded_in_part"]
    assert line["stayed"] == "plugins, profiles"
    assert "database is back" in line["remedy"]
    assert len(taken) == 1
