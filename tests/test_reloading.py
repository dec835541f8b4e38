"""What a reload may change: pure."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.configuration import KEYS, Configuration
from provd.reloading import AT_START, changeable, pinned


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
