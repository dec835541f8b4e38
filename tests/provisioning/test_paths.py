"""Tokens and MACs in paths."""

import pytest

from provd.devices.mac import Mac
from provd.provisioning.paths import AskedPath, mac_in, take_apart

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("805ec0123456.cfg", AskedPath("", "805ec0123456.cfg")),
        (f"{TOKEN}/805ec0123456.cfg", AskedPath(TOKEN, "805ec0123456.cfg")),
        (f"{TOKEN}/log/x.cfg", AskedPath(TOKEN, "log/x.cfg")),
        (TOKEN, AskedPath("", TOKEN)),
        (f"{TOKEN[:-1]}/x.cfg", AskedPath("", f"{TOKEN[:-1]}/x.cfg")),
        (f"{TOKEN.upper()}/x.cfg", AskedPath("", f"{TOKEN.upper()}/x.cfg")),
    ],
)
def test_a_token_is_a_first_part_of_32_digits(path: str, expected: AskedPath) -> None:
    assert take_apart(path) == expected


@pytest.mark.parametrize(
    ("name", "mac"),
    [
        ("stray-805EC0123456.bin", "805ec0123456"),
        ("cfg805ec0123456.xml", "805ec0123456"),
        ("SEP805EC0123456.cnf.xml", "805ec0123456"),
        ("80-5e-c0-12-34-56.txt", "805ec0123456"),
        ("firmware-805ec01234567.rom", None),
        ("ffffffffffff.cfg", None),
        ("favicon.ico", None),
    ],
)
def test_a_mac_is_found_in_a_name_that_no_vendor_knows(name: str, mac: str | None) -> None:
    assert mac_in(name) == (Mac(mac) if mac else None)
