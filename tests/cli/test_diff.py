"""`provd diff`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE

ROOT = Path(__file__).resolve().parents[2]


def test_a_settings_change_is_shown(run: Run) -> None:
    text = printed(run("diff", "device", "--of", PHONE, "time.format", "12h"))
    assert "-local_time.time_format = 1" in text
    assert "1 phone looked at: " in text
    listed = printed(run("settings", "list", "device", "--of", PHONE))
    assert "time.format" not in listed, "nothing was saved"


def test_a_password_is_asked_for_and_not_shown(run: Run) -> None:
    arguments = ("diff", "device", "--of", PHONE, "web.admin_password")
    assert "Leave it out" in sentence(run(*arguments, "admin-secret"))
    result = run(*arguments, typed="admin-secret\n")
    assert "admin:•••" in printed(result)
    assert "admin-secret" not in result.output


def test_a_profile_and_an_import_are_compared(run: Run, tmp_path: Path) -> None:
    default = (ROOT / "profiles" / "default.yaml").read_text()
    mine = tmp_path / "mine.yaml"
    mine.write_text(default.replace("language: en", "language: de"))
    assert "+lang.gui = German" in printed(run("diff", "--profile", "default", str(mine)))
    mine.write_text("settings: {language: de}")
    added = printed(run("diff", "--profile", "lobby", str(mine)))
    assert "There is no profile lobby yet, and no phone uses it." in added
    sample = str(ROOT / "docs" / "import-sample.csv")
    assert "2 phones looked at" in printed(run("diff", "--import", sample))


def test_what_is_no_edit_is_one_sentence(run: Run) -> None:
    for arguments in (
        (),
        ("planet", "language", "de"),
        ("provider", "language", "de", "--unset"),
        ("site", "language", "de"),
        ("--profile", "default"),
        ("--profile", "default", "--import", "x"),
    ):
        assert "Name one" in (told := sentence(run("diff", *arguments))) or "provd diff" in told
    assert "does not set language" in sentence(
        run("diff", "device", "--of", PHONE, "language", "--unset")
    )


def test_phones_that_can_not_take_a_value_are_counted(run: Run) -> None:
    result = run("diff", "provider", "network.dscp.rtp", "46")
    assert "looked at" in printed(result)
    done = run("settings", "set", "provider", "tones.country", "AQ")
    assert "is set" in printed(done)
    assert "can't take this value" in done.stderr
    assert "no word for AQ at this vendor" in done.stderr
