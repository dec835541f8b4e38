"""`provd dhcp`: what to put into a site's DHCP server."""

import json
from ipaddress import IPv4Address

import pytest

from provd.addresses import reach
from provd.cli.dhcp import resolved
from provd.configuration import Configuration, Listen
from provd.dhcp import WRITERS
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House

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
    customer = directory.customers(house.reseller)[0].account
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
