"""`provd device keys`, `set-keys`, `clear-keys`, `set-lines`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE


def test_keys_are_set_listed_and_taken_away(run: Run) -> None:
    assert "no keys of its own" in printed(run("device", "keys", PHONE))
    done = run("device", "set-keys", PHONE, "2-9", "blf", "{n+199}", "--label", "Ext {n+199}")
    assert printed(done) == "8 keys set.\n"
    listed = printed(run("device", "keys", PHONE)).splitlines()
    assert listed[-1].split() == ["phone", "9", "blf", "208", "Ext", "208", "1"]
    again = run("device", "set-keys", PHONE, "9", "speed_dial", "0800")
    assert printed(again) == "1 key set, 1 of them in place of others.\n"
    cleared = run("device", "clear-keys", PHONE, "3-4", "--module", "1")
    assert "0 keys taken away" in printed(cleared)
    assert "2 keys taken away" in printed(run("device", "clear-keys", PHONE, "3-4"))
    assert "6 keys taken away" in printed(run("device", "clear-keys", PHONE))


def test_keys_of_modules_are_left_alone_unless_they_are_meant(run: Run) -> None:
    for module in ("0", "1"):
        printed(run("device", "set-keys", PHONE, "5-20", "blf", "{n}", "--module", module))
    assert "16 keys taken away" in printed(run("device", "clear-keys", PHONE, "5-20"))
    assert "16 keys taken away" in printed(run("device", "clear-keys", PHONE, "--all"))
    refused = run("device", "clear-keys", PHONE, "--all", "--module", "1")
    assert "either --module or --all" in sentence(refused)


def test_what_is_wrong_is_one_sentence_with_a_remedy(run: Run) -> None:
    beyond = sentence(run("device", "set-keys", PHONE, "1-480", "blf", "{n}"))
    assert "goes beyond 1 to" in beyond
    assert "Did you mean blf?" in sentence(run("device", "set-keys", PHONE, "1", "blff", "1"))
    assert "no such device" in sentence(run("device", "keys", "00:15:65:00:00:99"))


def test_kinds_are_listed(run: Run) -> None:
    assert "speed_dial" in printed(run("device", "keys", "--kinds"))


def test_lines_are_set_with_passwords_made_for_them(run: Run, tmp_path: Path) -> None:
    made = tmp_path / "made.csv"
    arguments = ("device", "set-lines", PHONE, "1-16", "--user", "10{n:02}")
    result = run(*arguments, "--generate", str(made))
    assert printed(result) == "16 lines set.\n"
    rows = [row.split(",") for row in made.read_text().splitlines()]
    assert [row[1] for row in rows][-1] == "1016"
    assert made.stat().st_mode & 0o777 == 0o600
    assert rows[0][2] not in result.output
    assert "is there already" in sentence(run(*arguments, "--generate", str(made)))


def test_no_file_of_passwords_is_left_when_nothing_was_set(run: Run, tmp_path: Path) -> None:
    made = tmp_path / "made.csv"
    sentence(run("device", "set-lines", PHONE, "1-99", "--user", "{n}", "--generate", str(made)))
    assert not made.exists()


def test_passwords_are_read_from_a_file(run: Run) -> None:
    arguments = ("device", "set-lines", PHONE, "1-2", "--user", "{n}", "--passwords-from", "-")
    assert "2 lines set" in printed(run(*arguments, typed="one-secret\nother-secret\n"))
    refused = run(*arguments, typed="one-secret\n")
    assert "1 passwords were given for 2 lines" in sentence(refused)
    assert "one-secret" not in refused.output
