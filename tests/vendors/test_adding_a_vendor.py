"""docs/adding-a-vendor.md, followed to the letter: its code blocks are the vendor tested here."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.devices.settings import VOCABULARY
from provd.vendors.new_vendor import SKELETON
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.variables import names
from provd.vendors.vendor import Vendor

DOCUMENT = Path(__file__).parents[2] / "docs" / "adding-a-vendor.md"


def test_the_document_shows_every_file_that_a_vendor_needs(acme: Path) -> None:
    shown = {str(path.relative_to(acme)) for path in acme.rglob("*") if path.is_file()}
    assert shown == {
        "README.md",
        "plugin.yaml",
        "templates/device.conf.j2",
        "tests/cases.yaml",
        "tests/golden/choices",
        "tests/golden/four.device.conf",
        "tests/user_agents.tsv",
    }


def test_the_command_writes_what_the_document_shows(acme: Path) -> None:
    shown = {path.relative_to(acme) for path in acme.rglob("*") if path.is_file()}
    golden = {Path("tests/golden/four.device.conf"), Path("tests/golden/choices")}
    written = {path.relative_to(SKELETON) for path in SKELETON.rglob("*") if path.is_file()}
    assert shown == {*written, *golden}
    for name in written:
        assert (SKELETON / name).read_text("utf-8") == (acme / name).read_text("utf-8"), name


def test_a_vendor_takes_fewer_than_a_hundred_lines(acme: Path) -> None:
    """All that is written by hand, but for the README."""
    files = [path for path in acme.rglob("*") if path.is_file() and path.name != "README.md"]
    by_hand = [path for path in files if "golden" not in path.parts]
    assert len(by_hand) < len(files)
    assert sum(len(path.read_text("utf-8").splitlines()) for path in by_hand) < 100


def test_what_it_renders_is_what_the_document_says(
    acme: Path, check_cases: Callable[[Vendor], None]
) -> None:
    check_cases(Vendor(acme))


def test_the_simulator_can_walk_it_and_read_the_accounts_back(
    acme: Path, make_phone: Callable[..., Phone]
) -> None:
    vendor = Vendor(acme)
    phone = make_phone(vendor, "four", mac="02aced123456")
    walk = vendor.walk(phone.model, Mac("02aced123456"))
    assert next(walk).path == "acme-Four.conf"
    step = walk.send(None)
    assert step.path == "acme-02aced123456.conf"
    content = vendor.render(vendor.file(step.file), phone)
    with pytest.raises(StopIteration):
        walk.send(content)
    account = vendor.reading({step.path: content}).accounts[0]
    assert (account.user, account.registrar, account.port) == ("100", "sip.example.com", 5060)
    assert account.transport == "udp"


def test_it_names_every_variable() -> None:
    table = DOCUMENT.read_text("utf-8").partition("| variable | what |")[2]
    listed = {name for row in table.split("\n") for name in re.findall(r"`(\w+)`", row[:120])}
    settings = {row.variable for row in VOCABULARY.values()}
    assert names([]) - settings - {"model"} <= listed


@pytest.fixture
def installed(acme: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The vendor as pip would have installed it: a package, and the metadata that names it."""
    (acme / "__init__.py").touch()
    metadata = acme.parent / "acme_phones-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-phones\nVersion: 1\n")
    entry = DOCUMENT.read_text("utf-8").partition("provd.vendors =\n")[2].partition("\n```")[0]
    (metadata / "entry_points.txt").write_text(f"[provd.vendors]\n{entry.strip()}\n")
    monkeypatch.syspath_prepend(str(acme.parent))
    yield acme
    sys.modules.pop("acme", None)


def test_a_package_is_found_by_its_entry_point(installed: Path, tmp_path: Path) -> None:
    registry = Registry.load(tmp_path / "nothing here")
    assert registry.vendor("acme").folder == installed
    assert not Registry.load(tmp_path / "nothing here", entry_points=False).vendors
