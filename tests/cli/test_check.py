"""`provd check` names what is wrong, and changes nothing."""

from pathlib import Path

from tests.cli.conftest import Run, printed
from tests.conftest import House


def test_a_sound_installation_passes(run: Run) -> None:
    lines = printed(run("check")).splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 4
    assert "Yealink" in lines[0]
    assert "call-centre" in lines[1]


def test_where_nobody_has_started_anything_it_makes_nothing(run_empty: Run, tmp_path: Path) -> None:
    assert "does not exist yet" in printed(run_empty("check"))
    assert not (tmp_path / "empty").exists()


def test_a_missing_database_stays_missing(run: Run, house: House) -> None:
    house.parts.close()
    for file in house.data.glob("*.sqlite*"):
        file.unlink()
    result = run("check")
    assert result.exit_code == 1
    assert "provd.sqlite is missing. Restore it from" in result.stdout
    assert list(house.data.glob("*.sqlite")) == []


def test_files_that_others_may_read_are_named(run: Run, house: House) -> None:
    (house.data / "provd.sqlite").chmod(0o644)
    result = run("check")
    assert result.exit_code == 1
    assert "problem  data folder: others may read provd.sqlite" in result.stdout
    assert result.stdout.count("ok ") == 3


def test_another_key_is_named(run: Run, house: House) -> None:
    key = house.data / "sealing.key"
    key.write_bytes(bytes(reversed(key.read_bytes())))
    result = run("check")
    assert result.exit_code == 1
    assert "problem  database:" in result.stdout


def test_a_vendor_that_can_not_be_read_is_named_and_the_rest_checked(
    run: Run, house: House
) -> None:
    folder = house.data / "plugins" / "acme"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text("name: other\n")
    (house.data / "provd.yaml").write_text(f"plugins: {folder.parent}\n")
    result = run("check")
    assert result.exit_code == 1
    assert "problem  vendors:" in result.stdout
    assert "plugin.yaml" in result.stdout
    assert result.stdout.count("ok ") == 3
