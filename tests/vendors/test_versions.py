"""Firmware versions follow one another as vendors count."""

import itertools

import pytest

from provd.vendors.versions import version_rank

IN_ORDER = [
    ["108.86.0.9", "108.86.0.20", "108.86.0.90", "108.87.0.5", "108.100.0.1"],
    ["1.0rc1", "1.0rc2", "1.0", "1.0b", "1.0.1", "1.1"],
    ["sip88xx.12-8-1-0101-482", "sip88xx.14-2-1-0001-1", "sip88xx.14-10-1"],
    ["V1.6A", "v1.6B", "V1.7"],
    ["5.9.0.1234", "5.9.5.0614", "6.4.0"],
    ["10.1.137.16", "10.1.148.1"],
]


@pytest.mark.parametrize("versions", IN_ORDER, ids=lambda versions: versions[0])
def test_versions_are_in_order(versions: list[str]) -> None:
    for older, newer in itertools.pairwise(versions):
        assert version_rank(older) < version_rank(newer), (older, newer)


def test_how_a_version_is_written_is_all_one() -> None:
    assert version_rank("V1.0-5") == version_rank("1.0.5")
    assert version_rank("1.00.5") == version_rank("1.0.5")
