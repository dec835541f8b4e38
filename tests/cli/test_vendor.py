"""`provd vendor`: a newcomer's way from nothing to a vendor that works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, printed
from tests.conftest import House


@pytest.fixture
def plugins(house: House) -> Path:
    """An empty folder for vendors, which the installation uses."""
    folder = house.data / "plugins"
    folder.mkdir()
    (house.data / "provd.yaml").write_text(f"plugins: {folder}\n")
    return folder


def test_a_new_vendor_is_right_at_once(run: Run, plugins: Path) -> None:
    said = printed(run("vendor", "new", "telco", "--title", "Tel & Co"))
    assert f"{plugins}/telco/plugin.yaml" in said
    assert f"{plugins}/telco/tests/golden/four.device.conf" in said
    assert printed(run("vendor", "check")) == "Nothing is wrong with 1 vendor.\n"
    listed = printed(run("vendor", "list"))
    assert "Tel & Co" in listed
    assert str(plugins / "telco") in listed


def test_a_vendor_that_is_there_is_left_alone(run: Run, plugins: Path) -> None:
    run("vendor", "new", "telco")
    (plugins / "telco" / "plugin.yaml").write_text("mine")
    result = run("vendor", "new", "telco")
    assert result.exit_code == 1
    assert "there is such a folder" in result.stderr
    assert (plugins / "telco" / "plugin.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["2n", "Telco", "tel-co", "../telco", ""])
def test_a_name_that_can_not_be_one_is_refused(run: Run, plugins: Path, name: str) -> None:
    result = run("vendor", "new", name)
    assert result.exit_code == 1
    assert "can't be a vendor's name" in result.stderr
    assert not list(plugins.iterdir())


def test_every_mistake_is_told_with_file_line_and_key(run: Run, plugins: Path) -> None:
    run("vendor", "new", "telco")
    manifest = plugins / "telco" / "plugin.yaml"
    text = manifest.read_text().replace("- {file: model}", "- {file: modell}")
    manifest.write_text(text.replace('[Four, 4, 8, "yes"]', "[Four, 4, 8]"))
    (plugins / "telco" / "templates" / "device.conf.j2").write_text("{{ langwich }}\n{% endif %}")
    (plugins / "telco" / "templates" / "more.j2").write_text("\n{{ more_or_less }}")
    result = run("vendor", "check", "telco")
    assert result.exit_code == 1
    told = result.stdout.splitlines()
    assert [one.partition(":")[0] for one in told] == [
        "plugins/telco/plugin.yaml line 18, boot.0",
        "plugins/telco/plugin.yaml line 25, models.rows.1",
        "plugins/telco/templates/device.conf.j2 line 2",
        "plugins/telco/templates/more.j2 line 2",
    ]


def test_a_changed_byte_is_told_with_its_line_until_it_is_renewed(run: Run, plugins: Path) -> None:
    run("vendor", "new", "telco")
    template = plugins / "telco" / "templates" / "device.conf.j2"
    template.write_text(template.read_text().replace("clock.zone", "clock.place"))
    (plugins / "telco" / "tests" / "golden" / "old.device.conf").write_text("")
    result = run("vendor", "check", "telco")
    assert result.exit_code == 1
    changed, orphan = result.stdout.splitlines()
    assert "telco/tests/golden/four.device.conf" in changed
    assert "line 19 differs first" in changed
    assert "old.device.conf: belongs to no case" in orphan
    assert "2 files changed" in printed(run("vendor", "renew", "telco"))
    assert "Nothing is wrong" in printed(run("vendor", "check", "telco"))


def test_a_changed_word_is_told_with_its_setting_its_value_and_its_line(
    run: Run, plugins: Path
) -> None:
    run("vendor", "new", "telco")
    manifest = plugins / "telco" / "plugin.yaml"
    manifest.write_text(manifest.read_text().replace("tcp: TCP", "tcp: UDP"))
    result = run("vendor", "check", "telco")
    assert result.exit_code == 1
    (told,) = result.stdout.splitlines()
    assert told.startswith("telco/tests/golden/choices: is not what comes out; line 15 differs")
    assert "sip.transport = tcp, four: device, +line.1.transport = UDP" in told
    assert "provd vendor renew telco" in told


def test_a_choice_without_a_word_is_told(run: Run, plugins: Path) -> None:
    run("vendor", "new", "telco")
    manifest = plugins / "telco" / "plugin.yaml"
    manifest.write_text(manifest.read_text().replace("words: ", "words: \n  clock: {24h: 1}\n#"))
    template = plugins / "telco" / "templates" / "device.conf.j2"
    template.write_text(template.read_text() + 'clock = {{ time_format | word("clock") }}\n')
    result = run("vendor", "check", "telco")
    assert result.exit_code == 1
    assert "time.format = 12h: " in result.stdout
    assert "this vendor has no word for “12h”" in result.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("tests/cases.yaml", "model: Four", "model: Five", "has no model “Five”"),
        ("tests/cases.yaml", "model: Four", "modell: Four", "cases.yaml line 2, 0.modell"),
        ("tests/cases.yaml", "files: [device]", "files: [devise]", "has no file “devise”"),
        ("tests/cases.yaml", "tls", "tsl", "sip.transport"),
        ("tests/user_agents.tsv", "One\t1.0", "One\t1.1", "user_agents.tsv line 3"),
        ("tests/user_agents.tsv", "One\t1.0", "One", "the columns are vendor, model"),
        ("plugin.yaml", ", completes_boot: true", "", "nothing tells when a Four has its whole"),
    ],
)
def test_a_mistake_in_the_vendor_s_own_tests_is_told(
    run: Run, plugins: Path, file: str, old: str, new: str, said: str
) -> None:
    run("vendor", "new", "telco")
    path = plugins / "telco" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    result = run("vendor", "check", "telco")
    assert result.exit_code == 1
    assert said in result.stdout


def test_a_vendor_that_there_is_not_is_named(run: Run, plugins: Path) -> None:
    result = run("vendor", "check", "nobody")
    assert result.exit_code == 1
    assert "there is no folder nobody" in result.stderr


SETUP = """[metadata]
name = telco-phones
version = 1.0
[options]
packages = telco
include_package_data = False
[options.package_data]
telco = *.yaml, templates/*, tests/*, tests/golden/*, README.md
[options.entry_points]
provd.vendors =
    telco = telco
"""


def test_a_vendor_can_be_built_and_installed_as_a_package(
    run: Run, plugins: Path, tmp_path: Path
) -> None:
    run("vendor", "new", "telco")
    source, site = tmp_path / "source", tmp_path / "site"
    shutil.copytree(plugins / "telco", source / "telco")
    shutil.rmtree(plugins / "telco")
    (source / "telco" / "__init__.py").touch()
    (source / "setup.cfg").write_text(SETUP)
    (source / "setup.py").write_text("import setuptools\nsetuptools.setup()\n")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    pip += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(site)]
    built = subprocess.run([*pip, str(source)], capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    repository = str(Path(__file__).parents[2])
    listed = subprocess.run(
        [sys.executable, "-m", "provd", "--data", str(plugins.parent), "vendor", "check", "telco"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), repository])},
    )
    assert listed.stdout == "Nothing is wrong with 1 vendor.\n", listed.stdout + listed.stderr
