"""One image is taken out of a zip file, and nothing else comes out of it."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from provd.errors import InputError
from provd.vendors import archives, new_firmware
from provd.vendors.archives import image_in
from provd.vendors.registry import Registry

MOST = 1 << 20
NOISE = bytes(range(256)) * 40


def archive(tmp_path: Path, members: dict[str, bytes], *, store: bool = False) -> Path:
    path = tmp_path / "firmware.zip"
    how = zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", how) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def taken(path: Path, member: str = "") -> bytes:
    with image_in(path, member, MOST).open() as file:
        return file.read()


def test_the_only_file_is_meant_and_a_folder_is_none(tmp_path: Path) -> None:
    path = archive(tmp_path, {"docs/": b"", "fw/one.rom": NOISE})
    found = image_in(path, "", MOST)
    assert (found.name, found.size) == ("one.rom", len(NOISE))
    assert taken(path) == NOISE


@pytest.mark.parametrize("member", ["fw/two.rom", "two.rom"])
def test_one_of_several_is_taken_by_its_name(tmp_path: Path, member: str) -> None:
    path = archive(tmp_path, {"fw/one.rom": b"1", "fw/two.rom": NOISE, "notes.txt": b"x"})
    assert taken(path, member) == NOISE
    with pytest.raises(InputError, match=r"which of its files\?.* fw/one\.rom, fw/two\.rom"):
        image_in(path, "", MOST)
    with pytest.raises(InputError, match="no “three” in it"):
        image_in(path, "three", MOST)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\b.rom"])
def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="leave its folder"):
        image_in(archive(tmp_path, {name: b"x"}), "", MOST)


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "firmware.zip"
    with zipfile.ZipFile(path, "w") as made:
        link = zipfile.ZipInfo("one.rom")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="is a link"):
        image_in(path, "", MOST)


def test_what_is_too_large_or_inflates_too_far_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than 1 MiB"):
        image_in(archive(tmp_path, {"one.rom": bytes(MOST + 1)}, store=True), "", MOST)
    with pytest.raises(InputError, match="inflates more than 100-fold"):
        image_in(archive(tmp_path, {"one.rom": bytes(MOST)}), "", MOST)


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    with pytest.raises(InputError, match="3 members, more than 2"):
        image_in(archive(tmp_path, {"a": b"", "b": b"", "c": b""}), "a", MOST)


def test_more_than_its_entry_says_does_not_come_out(tmp_path: Path) -> None:
    path = archive(tmp_path, {"one.rom": NOISE})
    lying = path.read_bytes().replace(struct.pack("<L", len(NOISE)), struct.pack("<L", 100))
    path.write_bytes(lying)
    found = image_in(path, "", MOST)
    assert found.size == 100
    with pytest.raises(InputError, match="damaged"), found.open() as file:
        file.read()


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    path = archive(tmp_path, {"one.rom": NOISE}, store=True)
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        taken(path)


def test_what_is_no_zip_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "firmware.zip"
    path.write_bytes(b"PK no")
    with pytest.raises(InputError, match="no zip file"):
        image_in(path, "", MOST)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"one.rom": NOISE})
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="encrypted"):
        image_in(path, "", MOST)


def test_what_was_taken_out_is_an_image_like_any(tmp_path: Path, registry: Registry) -> None:
    path = archive(tmp_path, {"fw/T46U.rom": NOISE, "readme.txt": b""})
    made = new_firmware.add(
        image_in(path, "T46U.rom", MOST),
        tmp_path / "firmware",
        registry,
        vendor="yealink",
        version="1",
        models=["T46U"],
    )
    assert made.path.read_bytes() == NOISE
    assert made.path == tmp_path / "firmware" / "yealink" / "T46U.rom"


def test_of_a_damaged_archive_nothing_is_kept(tmp_path: Path, registry: Registry) -> None:
    path = archive(tmp_path, {"T46U.rom": NOISE}, store=True)
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        new_firmware.add(
            image_in(path, "", MOST),
            tmp_path / "firmware",
            registry,
            vendor="yealink",
            version="1",
            models=["T46U"],
        )
    assert list((tmp_path / "firmware" / "yealink").iterdir()) == []
