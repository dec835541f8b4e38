"""Whatever the reason, a refused phone sees the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon.asking import STRANGER, http, https, status, tftp
from tests.daemon.clients import TFTP_CLIENTS, curl
from tests.daemon.running import Addresses
from tests.daemon.town import phone

YEALINK = phone("yealink", 1001).mac.replace(":", "")
UNKNOWN = "805ec0ffffff.cfg"
REFUSED = {
    "an unknown MAC": UNKNOWN,
    "an unknown MAC with a token": f"{'0123456789abcdef' * 2}/{UNKNOWN}",
    "another vendor's name for it": f"cfg{YEALINK}.xml",
    "a name that nobody has": "firmware/none.rom",
    "no name": "",
    "a path out of the folder": "../provd.yaml",
    "deeper": "a/../../../../../../etc/passwd",
    "with a MAC before it": f"{YEALINK}.cfg/../../provd.yaml",
    "encoded": "%2e%2e/%2e%2e/etc/passwd",
    "encoded as a whole": "..%2f..%2fetc%2fpasswd",
    "with a backslash": "..\\..\\etc\\passwd",
    "an absolute path": "/etc/passwd",
    "a NUL": "etc/passwd%00.cfg",
}


@pytest.mark.parametrize("why", REFUSED)
def test_over_http_every_refusal_has_the_same_bytes(why: str, shared: Addresses) -> None:
    wanted = http(shared, UNKNOWN)
    assert status(wanted) == 404
    assert b"404" in wanted.split(b"\r\n\r\n", 1)[0]
    assert http(shared, REFUSED[why]) == wanted


@pytest.mark.parametrize("why", [why for why, path in REFUSED.items() if path])
def test_over_tftp_every_refusal_has_the_same_bytes(why: str, shared: Addresses) -> None:
    wanted = tftp(shared, UNKNOWN)
    assert wanted[:4] == b"\0\5\0\1"
    assert tftp(shared, REFUSED[why]) == wanted


def test_a_known_phone_s_file_is_refused_in_the_same_bytes_as_an_unknown_one_s(
    shared: Addresses,
) -> None:
    """To a stranger; HTTPS would enrol the phone."""
    known = f"{YEALINK}.cfg"
    assert http(shared, known, STRANGER) == http(shared, UNKNOWN, STRANGER) == http(shared, UNKNOWN)
    assert tftp(shared, known, STRANGER) == tftp(shared, UNKNOWN, STRANGER)


def test_https_refuses_in_the_same_bytes_as_http(shared: Addresses) -> None:
    assert https(shared, UNKNOWN) == http(shared, UNKNOWN)


def test_clients_see_a_file_that_is_not_there(shared: Addresses, tmp_path: Path) -> None:
    for fetch in TFTP_CLIENTS.values():
        assert fetch(shared, UNKNOWN, tmp_path).status == "error 1"
    assert curl(shared.url("tftp", UNKNOWN)).status == "error 1"
    assert curl(shared.url("https", UNKNOWN), ca=shared.ca_file).status == "404"
