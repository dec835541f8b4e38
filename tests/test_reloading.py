"""What a reload may change: pure."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.configuration import KEYS, Configuration
from provd.reloading import AT_START, changeable


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
