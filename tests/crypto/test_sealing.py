"""Secrets open only with their key, at their place; the key file is private and made once."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from provd.crypto.sealing import Sealer, load_or_create_key
from provd.errors import SealError

PLACE = "line.password:8f14e45f"


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(os.urandom(32))


def test_a_sealed_secret_opens_at_its_place(sealer: Sealer) -> None:
    assert sealer.open(sealer.seal("pässwörd", place=PLACE), place=PLACE) == "pässwörd"


def test_the_empty_secret_can_be_sealed(sealer: Sealer) -> None:
    assert sealer.open(sealer.seal("", place=PLACE), place=PLACE) == ""


def test_sealing_twice_gives_different_bytes(sealer: Sealer) -> None:
    assert sealer.seal("same", place=PLACE) != sealer.seal("same", place=PLACE)


def test_the_clear_text_is_not_in_the_sealed_bytes(sealer: Sealer) -> None:
    assert b"hunter2" not in sealer.seal("hunter2", place=PLACE)


def test_a_secret_moved_to_another_row_does_not_open(sealer: Sealer) -> None:
    sealed = sealer.seal("hunter2", place=PLACE)
    with pytest.raises(SealError, match="does not open"):
        sealer.open(sealed, place="line.password:another")


def test_another_key_does_not_open_it(sealer: Sealer) -> None:
    with pytest.raises(SealError, match="another key"):
        Sealer(os.urandom(32)).open(sealer.seal("hunter2", place=PLACE), place=PLACE)


def test_no_bit_can_be_altered(sealer: Sealer) -> None:
    sealed = sealer.seal("hunter2", place=PLACE)
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealError):
            sealer.open(altered, place=PLACE)


@pytest.mark.parametrize("stored", [b"", b"\x01", b"plain text that nobody ever sealed"])
def test_what_was_never_sealed_is_refused(sealer: Sealer, stored: bytes) -> None:
    with pytest.raises(SealError, match="not a sealed secret"):
        sealer.open(stored, place=PLACE)


def test_an_error_never_holds_the_secret(sealer: Sealer) -> None:
    with pytest.raises(SealError) as caught:
        sealer.open(sealer.seal("hunter2", place=PLACE), place="elsewhere")
    assert "hunter2" not in str(caught.value)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(SealError, match="32 bytes"):
        Sealer(b"short")


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        keys.append(load_or_create_key(tmp_path / "key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_or_create_key(path)
    path.chmod(0o640)
    with pytest.raises(SealError, match="chmod 600"):
        load_or_create_key(path)


@pytest.mark.parametrize("content", [b"", b"not base64!", b"c2hvcnQ=\n"])
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SealError, match="does not hold a key"):
        load_or_create_key(path)
    assert path.read_bytes() == content


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SealError, match="can't be used"):
        load_or_create_key(tmp_path / "file" / "key")
