"""A shared file that several vendors' phones ask for, when nobody says who asks."""

from __future__ import annotations

from pathlib import Path

from provd.provisioning.lookup import only_maker
from provd.vendors.registry import Registry

REGISTRY = Registry.load(Path(__file__).parents[2] / "plugins", entry_points=False)


def test_the_only_vendor_that_makes_such_a_file_is_meant() -> None:
    matches = REGISTRY.candidates("000000000000.cfg")
    assert len({match.vendor for match in matches}) > 1
    assert only_maker(matches) == "polycom"


def test_where_none_or_several_make_one_nobody_is_meant() -> None:
    matches = REGISTRY.candidates("000000000000.cfg")
    none = tuple(match for match in matches if match.file.template is None)
    assert only_maker(none) is None
    other = REGISTRY.candidates("J100Supgrade.txt")
    assert only_maker((*matches, *other)) is None
