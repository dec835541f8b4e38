"""What all commands share: where the data is, and how they refuse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from provd.cli import main
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_data_folder_may_stand_before_and_after_the_command(house: House) -> None:
    data = ("--data", str(house.data))
    for arguments in ((*data, "device", "list"), ("device", "list", *data)):
        assert PHONE in printed(CliRunner().invoke(main, [*arguments]))


def test_the_later_data_folder_holds(house: House, tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path / "other"), "device", "list", "--data", str(house.data)]
    assert PHONE in printed(CliRunner().invoke(main, arguments))
    assert not (tmp_path / "other").exists()


def test_the_data_folder_may_be_configured(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVD_DATA", str(house.data))
    assert PHONE in printed(CliRunner().invoke(main, ["device", "list"]))


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["--data", str(tmp_path / "file" / "data"), "user", "list"])
    assert sentence(result).endswith(": Not a directory")


def test_a_wrong_configuration_is_told(run: Run, house: House) -> None:
    (house.data / "provd.yaml").write_text("listen: {port: 1}\n")
    told = sentence(run("device", "list"))
    assert "provd.yaml" in told
    assert "port" in told


def test_a_database_that_is_none_is_told(run: Run, house: House) -> None:
    house.parts.close()
    for file in house.data.glob("*.sqlite*"):
        file.write_bytes(b"not a database" * 100)
    assert "database" in sentence(run("device", "list"))


def test_another_key_is_told(run: Run, house: House) -> None:
    (house.data / "sealing.key").write_bytes(os.urandom(32))
    assert "Traceback" not in run("device", "list").output
    assert sentence(run("device", "list"))


def in_a_shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command.replace("provd", f"{sys.executable} -P -m provd", 1)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_the_program_refuses_without_a_traceback(house: House) -> None:
    done = in_a_shell(f"provd device show 80:5e:c0:99:99:99 --data {house.data}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: there is no such device\n"


def test_a_reader_that_stops_early_is_no_error(house: House) -> None:
    assert in_a_shell(f"provd bill export --data {house.data} | true").stderr == ""
