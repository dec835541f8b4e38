"""`provd dhcp`: what to put into a site's DHCP server."""

import json
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from provd.addresses import reach
from provd.cli.dhcp import resolved
from provd.configuration import Configuration, Listen
from provd.dhcp import WRITERS
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House

SITE = "Front desk"
HOST = ("--host", "192.0.2.9")


@pytest.mark.parametrize("server", WRITERS)
def test_every_dhcp_server_can_be_asked_for(run: Run, server: str) -> None:
    text = printed(run("dhcp", SITE, "--for", server, *HOST))
    assert "Harbour Dental Practice/Front desk" in text
    assert "https://192.0.2.9:6902/" in text
    if server == "kea":
        json.loads(text)


def test_the_public_url_is_what_phones_are_told(run: Run, house: House) -> None:
    assert "listen.public_url" in sentence(run("dhcp", SITE, "--for", "isc"))
    (house.data / "provd.yaml").write_text("listen: {public_url: https://p.localhost/x}\n")
    assert '"https://p.localhost/x/"' in printed(run("dhcp", SITE, "--for", "isc"))
    text = printed(run("dhcp", SITE, "--for", "isc", "--by", "http"))
    assert '"http://p.localhost:6901/"' in text


def test_common_ports_are_left_out(run: Run, house: House) -> None:
    (house.data / "provd.yaml").write_text("listen: {http_port: 80, https_port: 443}\n")
    assert '"https://192.0.2.9/"' in printed(run("dhcp", SITE, "--for", "isc", *HOST))
    text = printed(run("dhcp", SITE, "--for", "isc", *HOST, "--by", "http"))
    assert '"http://192.0.2.9/"' in text


def test_vendors_can_be_named(run: Run) -> None:
    text = printed(run("dhcp", SITE, "--for", "dnsmasq", *HOST, "--vendor", "Polycom"))
    assert "Polycom" in text
    assert "Yealink" not in text
    both = run("dhcp", SITE, "--for", "dnsmasq", *HOST, "--vendor", "polycom", "--all")
    assert "either --vendor or --all" in sentence(both)
    assert "no site “Nowhere”" in sentence(run("dhcp", "Nowhere", "--for", "isc", *HOST))


def test_a_site_without_phones_needs_a_vendor_named(run: Run, house: House) -> None:
    directory = house.parts.operations.directory
    customer = directory.customers(house.reseller).items[0].account
    directory.create_site(house.reseller, customer.id, "New shop", "", "")
    assert "--vendor NAME, or --all" in sentence(run("dhcp", "New shop", "--for", "isc", *HOST))
    text = printed(run("dhcp", "New shop", "--for", "isc", *HOST, "--vendor", "yealink"))
    assert "https://192.0.2.9:6902/" in text


def test_the_address_is_given_or_looked_up(run: Run) -> None:
    assert resolved("192.0.2.9") == IPv4Address("192.0.2.9")
    assert resolved("localhost") == IPv4Address("127.0.0.1")
    assert resolved("no..name") is None
    refused = run("dhcp", SITE, "--for", "isc", *HOST, "--address", "p.example")
    assert refused.exit_code == 2
    assert "no IPv4 address" in refused.stderr


def test_phones_of_old_tls_have_an_address_of_their_own() -> None:
    assert reach(Configuration(), "p.example").legacy == "https://p.example:6902/"
    opened = Configuration(listen=Listen(legacy_port=6904, legacy_url="https://old.example/"))
    assert reach(opened, "localhost").legacy == "https://localhost:6904/"
    public = Listen(public_url="https://localhost/", legacy_url="https://old.example/")
    assert reach(Configuration(listen=public)).legacy == "https://old.example/"


def test_what_a_dhcp_server_heard_is_noted_with_a_guess(run: Run, house: House) -> None:
    said = printed(run("dhcp", "seen", "80:5e:c0:00:bb:01", "--class", "yealink"))
    assert said == "80:5e:c0:00:bb:01: probably Yealink\n"
    known = printed(run("dhcp", "seen", PHONE, "--class", "yealink"))
    assert known == "1 phone registered already.\n"
    strange = printed(run("dhcp", "seen", "02:00:00:00:00:01", "--class", "0x00ff1b5b324a"))
    assert strange == "02:00:00:00:00:01: probably an unknown vendor\n"
    (one, _) = house.parts.operations.discoveries.page(house.admin).items[::-1]
    assert (one.vendor, one.stranger.vendor_class) == ("yealink", "yealink")


def test_a_log_is_read_line_by_line(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "leases.log"
    log.write_bytes(
        b"2026-11-22 10:00:00 CET 64:16:7f:00:00:01 Polycom-VVX410\r\n"
        b"nothing of ours\n"
        b"80-5E-C0-00-BB-02, yealink\n"
        b"02:00:00:00:00:09 \n"
    )
    said = printed(run("dhcp", "seen", "--lines", str(log)))
    assert said == (
        "64:16:7f:00:00:01: probably Polycom VVX_410\n80:5e:c0:00:bb:02: probably Yealink\n"
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("80:5e:c0:00:bb:01",), "give a MAC and --class, or --lines"),
        (("80:5e:c0", "--class", "yealink"), "MAC"),
        (("80:5e:c0:00:bb:01", "--class", "x" * 600), "longer than 255 octets"),
        (("--lines", "/dev/null"), "no line has a MAC"),
    ],
)
def test_what_tells_nothing_is_one_sentence(run: Run, given: tuple[str, ...], told: str) -> None:
    assert told in sentence(run("dhcp", "seen", *given))
