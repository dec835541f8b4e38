"""What is written for each DHCP server. The golden texts were fed to dnsmasq 2.90, Kea 2.2 and ISC
dhcpd 4.4, and a real client got from each of them every option as it stands in the plan.

Renew them with RENEW_GOLDEN=1, and show them to those servers again."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from provd.dhcp import WRITERS, plan
from tests.dhcp.samples import FAMILIES, HOST, REACH, URL, everything, family, row

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("server", WRITERS)
def test_the_text_is_the_golden_one(server: str) -> None:
    written = WRITERS[server](everything())
    path = GOLDEN / f"{server}.txt"
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(written)
    assert written == path.read_text()


@pytest.mark.parametrize("server", WRITERS)
def test_every_family_has_a_comment_and_no_name_leaves_one(server: str) -> None:
    text = WRITERS[server](everything())
    assert all(one.title in text for one in FAMILIES)
    assert not [line for line in text.splitlines() if line.startswith("server=")]
    assert text.isascii()


def test_dnsmasq_takes_what_is_written_for_it(tmp_path: Path) -> None:
    path = tmp_path / "provd.conf"
    path.write_text(WRITERS["dnsmasq"](everything()))
    done = subprocess.run(
        ["dnsmasq", "--test", f"--conf-file={path}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_dnsmasq_looks_for_a_class_at_the_beginning_where_others_hold_it_elsewhere() -> None:
    rows = [family(row(URL, classes=["Cis IP CP-79"])), family(row(URL, classes=["CP-"]), "beta")]
    lines = WRITERS["dnsmasq"](plan("x", rows, REACH, plain_allowed=True)).splitlines()
    assert 'dhcp-vendorclass=set:provd-acme,"Cis IP CP-79"' in lines
    match = "dhcp-match=set:provd-beta,option:vendor-class,43:50:2d  # begins with CP-"
    assert match in lines


def kea() -> list[dict[str, Any]]:
    classes: list[dict[str, Any]] = json.loads(WRITERS["kea"](everything()))["Dhcp4"][
        "client-classes"
    ]
    return classes


def test_kea_gets_json_with_a_class_for_each_family() -> None:
    assert len({each["name"] for each in kea()}) == len(FAMILIES)


def test_kea_gets_every_octet() -> None:
    data = {each["name"]: each for each in kea()}
    for stanza in everything().stanzas:
        written = data[f"provd-{stanza.tag}"]["option-data"]
        assert {one["code"]: octets(one["data"]) for one in written} == {
            option.code: option.content for option in stanza.options
        }


def octets(data: str) -> bytes:
    return data[1:-1].encode() if data.startswith("'") else bytes.fromhex(data)


def test_a_cisco_pool_tells_each_option_once_and_shows_the_others() -> None:
    text = WRITERS["cisco"](everything())
    told = re.findall(r"^ option (\d+) ", text, re.MULTILINE)
    assert len(told) == len(set(told))
    assert "! not as for Beta: option 160" in text
    rows = [family(row(URL)), family(row(URL, HOST, classes=["Beta"]), "beta")]
    text = WRITERS["cisco"](plan("x", rows, REACH, plain_allowed=True))
    assert "! option 160 as for Acme" in text


def test_without_any_stanza_only_comments_are_written() -> None:
    empty = plan("x", [], REACH, plain_allowed=True)
    for server in ("dnsmasq", "isc", "mikrotik", "cisco"):
        lines = WRITERS[server](empty).splitlines()
        assert all(not line or line[0] in "#!" for line in lines), server
    assert json.loads(WRITERS["kea"](empty))["Dhcp4"]["client-classes"] == []
