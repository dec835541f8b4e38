"""`provd explain` and `provd render`."""

from __future__ import annotations

from pathlib import Path

from provd.cli.explain import _safe
from provd.devices.mac import Mac
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House


def test_values_and_lines_are_explained_without_passwords(run: Run, house: House) -> None:
    device = house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device is not None
    result = run("explain", PHONE)
    text = printed(result)
    assert "site Front desk" in text
    assert "805ec0000001.cfg" in text
    assert "line 1, password" in text
    assert device.lines[0].password.reveal() not in result.output


def test_one_key_is_explained(run: Run) -> None:
    text = printed(run("explain", PHONE, "time.zone"))
    assert "Europe/Berlin, from site Front desk; in its files" in text
    assert "overridden: UTC, from profiles/default.yaml" in text
    assert "password" not in text
    assert "No layer sets ldap.server" in printed(run("explain", PHONE, "ldap.server"))
    assert "Did you mean" in sentence(run("explain", PHONE, "time.zona"))


def test_passwords_are_shown_on_demand_only(run: Run, house: House) -> None:
    device = house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device is not None
    password = device.lines[0].password.reveal()
    assert password in printed(run("explain", PHONE, "--reveal"))


def test_files_are_written_as_they_would_be_served(run: Run, house: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = printed(run("render", PHONE, "--out", str(out)))
    expected = dict(house.parts.operations.explaining.rendered(house.admin, PHONE))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == expected
    for path in out.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.name in text


def test_nothing_is_written_over_without_force(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    link = tmp_path / "805ec0000001.cfg"
    link.symlink_to(target)
    assert "Give --force too" in sentence(run("render", PHONE, "--out", str(tmp_path)))
    assert not (tmp_path / "y000000000108.cfg").exists()
    printed(run("render", PHONE, "--out", str(tmp_path), "--force"))
    assert target.read_text() == "mine", "the link is replaced, not followed"
    assert not link.is_symlink()


def test_no_path_leads_out_of_the_folder() -> None:
    assert str(_safe("/../../etc/passwd")) == "etc/passwd"
    assert str(_safe("a/../b/./c.cfg")) == "a/b/c.cfg"


def test_a_file_that_is_written_comes_with_what_is_not_in_it_as_it_was_set(
    run: Run, house: House, tmp_path: Path
) -> None:
    run("settings", "set", "device", "dial_plan.timeout", "20", "--of", PHONE)
    said = printed(run("render", PHONE, "--out", str(tmp_path / "files")))
    assert "dial_plan.timeout: 20 is more than this model's 14; 14 is used\n" in said
    assert "dial_plan" in printed(run("explain", PHONE, "dial_plan.timeout"))
