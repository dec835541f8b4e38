"""firmware.yaml, what phones ask for, and what `provd firmware add` writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from provd.errors import ConflictError, InputError, NotFoundError, PluginError
from provd.vendors import new_firmware
from provd.vendors.firmware import Firmware, Image
from provd.vendors.images import identity_of, loaded, verified
from provd.vendors.registry import Registry

NAME = "T46U(T43U,T46U,T41U)-108.86.0.90.rom"
GOOD = f"""\
# Tested on the bench in May.
images:
  - file: "{NAME}"
    version: 108.86.0.90
    sha256: "{"a" * 64}"
    models: [T46U, T43U]
"""


def write(folder: Path, text: str = GOOD, vendor: str = "yealink") -> Path:
    path = folder / vendor / "firmware.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def refused(tmp_path: Path, registry: Registry, old: str, new: str) -> PluginError:
    assert old in GOOD
    write(tmp_path / "firmware", GOOD.replace(old, new))
    with pytest.raises(PluginError) as caught:
        Firmware.load(tmp_path / "firmware", registry)
    return caught.value


def add(tmp_path: Path, registry: Registry, name: str, content: bytes, **given: object) -> Image:
    source = tmp_path / "downloads" / name
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(content)
    how: dict[str, object] = {"vendor": "yealink", "version": "1", "models": ["t46u"], **given}
    return new_firmware.add(source, tmp_path / "firmware", registry, **how)  # type: ignore[arg-type]


def test_an_image_is_its_entry_and_its_place(tmp_path: Path, registry: Registry) -> None:
    path = write(tmp_path)
    assert Firmware.load(tmp_path, registry).images == (
        Image("yealink", NAME, "108.86.0.90", "a" * 64, ("T46U", "T43U"), path.parent / NAME),
    )


def test_without_a_folder_there_is_no_firmware(tmp_path: Path, registry: Registry) -> None:
    assert Firmware.load(tmp_path / "none", registry).images == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "line", "word"),
    [
        ("sha256:", "sha265:", "images.0.sha265", 3, "no such key"),
        ("108.86.0.90\n", "1.10\n", "images.0.version", 4, "in quotes"),
        ('"' + "a" * 64 + '"', "abc", "images.0.sha256", 5, "64 lower-case"),
        ("T43U]", "T999]", "model", 3, "no model"),
        ("T43U]", "t43u]", "models", 3, "is called T43U"),
        ("[T46U, T43U]", "[]", "images.0.models", 6, "at least 1"),
        (f'"{NAME}"', "../rom", "images.0.file", 3, "no slash"),
        (f'"{NAME}"', ".hidden", "images.0.file", 3, "no dot"),
        (f'"{NAME}"', "firmware.yaml", "images.0.file", 3, "not ours"),
        (f'"{NAME}"', "805ec0123456.cfg", "file", 3, "their configuration"),
        (f'"{NAME}"', '"a\\nb"', "images.0.file", 3, "one line"),
        ("images:", "image:", "image", 2, "no such key"),
    ],
)
def test_a_wrong_entry_names_file_line_and_key(
    tmp_path: Path, registry: Registry, old: str, new: str, key: str, line: int, word: str
) -> None:
    error = refused(tmp_path, registry, old, new)
    assert error.where.startswith("firmware/yealink/firmware.yaml line ")
    assert error.key == key
    assert word in str(error)
    # An entry that lacks a key or names a strange model is told by its beginning.
    assert abs(int(error.where.rsplit(" ", 1)[1]) - line) <= 2


def test_a_vendor_that_we_do_not_know_is_refused(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path, vendor="acme")
    with pytest.raises(PluginError, match="no vendor"):
        Firmware.load(tmp_path, registry)


def test_two_entries_of_one_name_are_refused(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path, GOOD + GOOD.partition("images:\n")[2])
    with pytest.raises(PluginError, match="an entry already"):
        Firmware.load(tmp_path, registry)


@pytest.mark.parametrize(
    "path", ["{}", "any/{}", "firmware/yealink/{}", f"{'0a' * 16}/firmware/yealink/{{}}"]
)
def test_an_image_is_found_by_its_name_whatever_stands_before(
    tmp_path: Path, registry: Registry, path: str
) -> None:
    write(tmp_path)
    found = Firmware.load(tmp_path, registry).find(path.format(NAME))
    assert found is not None
    assert found.file == NAME


def test_a_name_of_two_vendors_needs_the_vendor(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path, GOOD.replace(NAME, "sip.ld"))
    other = GOOD.replace(NAME, "sip.ld").replace("[T46U, T43U]", "[VVX_400]")
    write(tmp_path, other, vendor="polycom")
    firmware = Firmware.load(tmp_path, registry)
    assert firmware.find("sip.ld") is None
    found = firmware.find("firmware/polycom/sip.ld")
    assert found is not None
    assert found.models == ("VVX_400",)


def test_what_is_added_is_copied_entered_and_verified(tmp_path: Path, registry: Registry) -> None:
    made = add(tmp_path, registry, NAME, b"firmware", models=["T46U", "t-43 u"])
    assert made.path.read_bytes() == b"firmware"
    assert made.models == ("T46U", "T43U")
    assert Firmware.load(tmp_path / "firmware", registry).images == (made,)
    assert verified(made).problem == ""
    assert loaded(made).content == b"firmware"
    assert sorted(path.name for path in made.path.parent.iterdir()) == sorted(
        [NAME, "firmware.yaml"]
    )


def test_adding_keeps_what_people_wrote(tmp_path: Path, registry: Registry) -> None:
    path = write(tmp_path / "firmware")
    add(tmp_path, registry, "new.rom", b"x")
    text = path.read_text("utf-8")
    assert text.startswith(GOOD)
    assert [row["file"] for row in yaml.safe_load(text)["images"]] == [NAME, "new.rom"]


def test_adding_to_a_list_that_is_indented_otherwise_writes_it_anew(
    tmp_path: Path, registry: Registry
) -> None:
    path = write(tmp_path / "firmware", "images: []\n")
    add(tmp_path, registry, "new.rom", b"x")
    assert [row["file"] for row in yaml.safe_load(path.read_text("utf-8"))["images"]] == ["new.rom"]


def test_an_image_is_not_added_over_another(tmp_path: Path, registry: Registry) -> None:
    made = add(tmp_path, registry, NAME, b"old")
    with pytest.raises(ConflictError, match="entered already"):
        add(tmp_path, registry, NAME, b"new")
    assert made.path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"vendor": "acme"}, NotFoundError),
        ({"models": ["T999"]}, NotFoundError),
        ({"models": []}, InputError),
        ({"version": ""}, InputError),
    ],
)
def test_what_can_not_be_entered_is_not_copied(
    tmp_path: Path, registry: Registry, given: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        add(tmp_path, registry, NAME, b"x", **given)
    assert not list((tmp_path / "firmware").glob("*/*"))


def test_a_disk_that_fails_leaves_nothing_half_written(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        add(tmp_path, registry, NAME, b"x")
    assert not list((tmp_path / "firmware" / "yealink").iterdir())


def test_one_flipped_bit_is_found(tmp_path: Path, registry: Registry) -> None:
    made = add(tmp_path, registry, NAME, bytes(100_000))
    content = bytearray(made.path.read_bytes())
    content[77_777] ^= 1
    made.path.write_bytes(content)
    for found in (verified(made), loaded(made)):
        assert "SHA-256" in found.problem
        assert found.content == b""


def test_a_missing_image_a_link_and_a_pipe_are_no_images(
    tmp_path: Path, registry: Registry
) -> None:
    made = add(tmp_path, registry, NAME, b"x")
    made.path.rename(made.path.with_name("elsewhere"))
    assert "there is no" in verified(made).problem
    made.path.symlink_to(made.path.with_name("elsewhere"))
    assert verified(made).problem
    assert identity_of(made) is None
    made.path.unlink()
    os.mkfifo(made.path)
    assert verified(made).problem
