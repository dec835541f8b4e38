"""`provd firmware`, and what `provd check` says of the images."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run, printed, sentence

FILE = "gxp2130fw.bin"


@pytest.fixture(autouse=True)
def firmware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROVD_FIRMWARE", str(tmp_path / "firmware"))
    monkeypatch.setenv("PROVD_LISTEN__PORT_BASE", "0")
    return tmp_path / "firmware"


@pytest.fixture
def added(run: Run, tmp_path: Path, firmware: Path) -> Path:
    """The image, once it was added."""
    source = tmp_path / FILE
    source.write_bytes(bytes(3 << 20))
    said = printed(
        run(
            "firmware", "add", str(source), "--vendor", "Grandstream",
            "--version", "1.0.11.64", "--models", "gxp2130, GXP2135",
        )
    )  # fmt: skip
    assert "2 models" in said
    assert "SHA-256" in said
    return firmware / "grandstream" / FILE


def test_where_there_is_none_it_says_how_to_add_one(run: Run) -> None:
    assert "provd firmware add" in printed(run("firmware", "list"))


def test_what_was_added_is_listed_and_verified(run: Run, added: Path) -> None:
    [_, row] = printed(run("firmware", "list")).splitlines()
    for word in ("grandstream", FILE, "1.0.11.64", "3.0", "verified", "GXP2130 GXP2135"):
        assert word in row
    assert printed(run("firmware", "verify")) == "1 image verified\n"


def test_a_flipped_bit_is_shown_by_list_verify_and_check(run: Run, added: Path) -> None:
    content = bytearray(added.read_bytes())
    content[1 << 20] ^= 128
    added.write_bytes(content)
    assert "withheld" in printed(run("firmware", "list"))
    failed = run("firmware", "verify")
    assert failed.exit_code == 1
    assert "SHA-256" in failed.stdout
    checked = run("check")
    assert checked.exit_code == 1
    assert f"firmware: phones do not get grandstream/{FILE}" in checked.stdout


def test_a_model_of_nobody_is_a_sentence(run: Run, tmp_path: Path) -> None:
    source = tmp_path / FILE
    source.write_bytes(b"x")
    command = ("firmware", "add", str(source), "--vendor", "grandstream", "--version", "1")
    assert "no model" in sentence(run(*command, "--models", "T46U"))


def test_of_a_zip_file_one_image_is_taken(run: Run, tmp_path: Path, firmware: Path) -> None:
    source = tmp_path / "release.zip"
    with zipfile.ZipFile(source, "w") as made:
        made.writestr("release/gxp2130fw.bin", bytes(range(256)))
        made.writestr("release/notes.txt", "new")
    command = ("firmware", "add", str(source), "--vendor", "grandstream", "--version", "1")
    wanted = (*command, "--models", "GXP2130")
    assert "which of its files?" in sentence(run(*wanted))
    assert "1 model" in printed(run(*wanted, "--member", FILE))
    assert [path.name for path in (firmware / "grandstream").iterdir() if path.name == FILE]


def test_who_is_told_what_is_listed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "T46U.rom"
    source.write_bytes(b"image")
    command = ("firmware", "add", str(source), "--vendor", "yealink", "--version", "108.87.0.5")
    printed(run(*command, "--models", "T46U"))
    assert "no address: listen.public_url" in printed(run("firmware", "list", "--phones"))
    monkeypatch.setenv("PROVD_LISTEN__PUBLIC_URL", "https://phones.example.com/")
    rows = printed(run("firmware", "list", "--phones"))
    assert "80:5e:c0:00:00:01" in rows
    assert "phone told of yealink 108.87.0.5" in rows or "phones told of yealink" in rows
    printed(run("settings", "set", "provider", "firmware.bench_only", "true"))
    assert "108.87.0.5 on the bench" in printed(run("firmware", "list", "--phones"))
    printed(run("settings", "set", "provider", "firmware.version", "1"))
    assert "1 is not on the shelf for T46U" in printed(run("firmware", "list", "--phones"))
