"""What is compiled is found instead of its source as long as it was made of that, and only then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from provd import compiled
from provd.compiled import LIBRARY, MANIFEST, MODULES, checksum, make

ROOT = Path(__file__).resolve().parent.parent
A_DAEMON = """
import importlib
from provd import compiled
print(compiled.use())
for name in compiled.MODULES:
    print(importlib.import_module(name).__file__)
"""


class Made:
    """Sources, and a folder of what was made of them."""

    def __init__(self, folder: Path) -> None:
        self.root, self.where = folder / "clone", folder / "made"
        (self.root / "provd").mkdir(parents=True)
        self.where.mkdir()
        self.source = self.root / "provd" / "hot.py"
        self.source.write_text("hot = True\n")
        for name in ("provd/hot", LIBRARY):
            file = self.where / (name + EXTENSION_SUFFIXES[0])
            file.parent.mkdir(exist_ok=True)
            file.touch()
        sources = {"provd/hot.py": checksum(self.source)}
        self.write(json.dumps({"modules": ["provd.hot"], "sources": sources}))

    def write(self, manifest: str) -> None:
        (self.where / MANIFEST).write_text(manifest)

    @property
    def why_not(self) -> str:
        return compiled.unusable(self.where, self.root)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@pytest.fixture(autouse=True)
def _finders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))


def test_what_was_made_of_these_sources_is_found_first(made: Made) -> None:
    assert compiled.use(made.where, made.root) == ""
    assert compiled.in_use()
    for name, place in (("provd.hot", "provd/hot"), (LIBRARY, LIBRARY)):
        spec = sys.meta_path[0].find_spec(name, None)
        assert spec is not None
        assert spec.origin == str(made.where / (place + EXTENSION_SUFFIXES[0]))
    assert sys.meta_path[0].find_spec("provd.cold", None) is None


def test_a_source_that_has_changed_since_means_all_run_from_source(made: Made) -> None:
    before = list(sys.meta_path)
    made.source.write_text("hot = False\n")
    assert "provd/hot.py has changed" in made.why_not
    assert "scripts/compile" in compiled.use(made.where, made.root)
    assert sys.meta_path == before


def test_a_source_that_is_gone_has_changed(made: Made) -> None:
    made.source.unlink()
    assert "provd/hot.py has changed" in made.why_not


def test_a_compiled_module_that_is_gone_is_named(made: Made) -> None:
    gone = made.where / (LIBRARY + EXTENSION_SUFFIXES[0])
    gone.unlink()
    assert f"{gone} is missing" in compiled.use(made.where, made.root)


@pytest.mark.parametrize(
    "written", ['{"modules": ["pro', "[]", "{}", '{"modules": 1, "sources": {}}']
)
def test_a_torn_manifest_is_none(written: str, made: Made) -> None:
    made.write(written)
    assert f"{made.where / MANIFEST} is torn" in made.why_not


def test_where_nothing_was_compiled_it_says_how_to(tmp_path: Path) -> None:
    assert compiled.unusable(tmp_path) == "not compiled: scripts/compile does it"


def test_every_module_and_what_it_knows_of_is_a_source() -> None:
    sources = make.sources_of(MODULES)
    assert {name.replace(".", "/") + ".py" for name in MODULES} <= set(sources)
    assert "provd/exchange.py" in sources
    assert "provd/servers/tftp/framing.py" in sources
    assert not any(name.startswith("provd/store") for name in sources)


def test_a_daemon_runs_what_is_compiled() -> None:
    """scripts/test has compiled it."""
    ran = subprocess.run(
        [sys.executable, "-c", A_DAEMON],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    why_not, *files = ran.stdout.splitlines()
    assert why_not == ""
    assert len(files) == len(MODULES)
    assert all(file.startswith(str(compiled.folder())) for file in files)
