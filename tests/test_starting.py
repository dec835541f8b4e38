"""Starts that lack something."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd import worker
from provd.app import build_without_database, started
from provd.configuration_file import configuration_from
from provd.demonstration import load_first
from provd.errors import ConfigurationError, MigrationError, SealError
from tests.conftest import House


def without_database(house: House) -> Path:
    """What lies in its place can't be opened."""
    house.parts.store.close()
    database = house.data / "provd.sqlite"
    database.rename(house.data / "kept.sqlite")
    database.mkdir()
    return database


def test_a_start_by_hand_goes_on_without_the_database(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    without_database(house)
    parts = started({"PROVD_DATA": str(house.data)})
    load_first(parts)
    assert parts.missing
    parts.close()
    assert "starting_without_database" in capsys.readouterr().err


def test_a_first_start_by_hand_loads_the_demonstration_and_a_second_one_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for told in ("Loading the demonstration ...\n", ""):
        parts = build_without_database(configuration_from({}, {"data": str(tmp_path)}))
        load_first(parts)
        assert parts.operations.setup.provider()
        parts.close()
        assert capsys.readouterr().err == told


def test_a_newer_database_or_another_key_ends_a_start(house: House) -> None:
    database = house.parts.store._database
    database.sql("UPDATE schema_version SET number = 99 WHERE number = 1")
    with pytest.raises(MigrationError, match="newer"):
        build_without_database(house.parts.configuration)
    database.sql("UPDATE schema_version SET number = 1 WHERE number = 99")
    (house.data / "sealing.key").unlink()
    with pytest.raises(SealError, match="another key"):
        build_without_database(house.parts.configuration)


def test_a_folder_for_a_first_start_that_cannot_be_written_is_named() -> None:
    with pytest.raises(ConfigurationError, match="data: it can't be written") as refused:
        build_without_database(configuration_from({}, {"data": "/proc/self"}))
    assert "/proc/self" in str(refused.value)


def test_a_worker_starts_without_the_database_as_the_daemon_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would be started again and again, and serve nobody."""
    without_database(house)
    monkeypatch.setenv("PROVD_DATA", str(house.data))
    monkeypatch.setattr(worker, "configure_logs", lambda *_: None)
    parts = worker._parts()
    assert "can't be opened" in parts.missing
    parts.close()
