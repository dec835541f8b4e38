"""What two vendors' folders share is the same in both: phones of one maker under two names."""

from __future__ import annotations

from pathlib import Path

import yaml

PLUGINS = Path(__file__).parents[2] / "plugins"
OWN = "digium_"


def words(vendor: str) -> dict[str, dict[str, object]]:
    manifest = yaml.safe_load((PLUGINS / vendor / "plugin.yaml").read_text("utf-8"))
    tables: dict[str, dict[str, object]] = manifest["words"]
    return tables


def test_the_words_of_the_s_series_are_those_of_its_maker() -> None:
    shared = {name: table for name, table in words("digium").items() if not name.startswith(OWN)}
    assert shared == words("htek")


def test_its_templates_are_links_to_those_of_its_maker() -> None:
    links = [path for path in (PLUGINS / "digium" / "templates").iterdir() if path.is_symlink()]
    assert {path.resolve().parent for path in links} == {PLUGINS / "htek" / "templates"}
    assert len(links) == len(list((PLUGINS / "htek" / "templates").iterdir()))
