"""Who asks: every part of a request counts, the strongest first, among all vendors at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.exchange import ClientCertificate
from provd.vendors.checking import unescaped
from provd.vendors.evidence import Announced, Source
from provd.vendors.registry import Registry

PLUGINS = Path(__file__).parents[2] / "plugins"
AGENTS = [
    tuple(line.split("\t"))
    for table in sorted(PLUGINS.glob("*/tests/user_agents.tsv"))
    for line in table.read_text("utf-8").splitlines()[1:]
]
MAC = Mac("001565aabbcc")
ACROSS = pytest.mark.parametrize(("vendor", "model", "version", "mac", "agent"), AGENTS)


@ACROSS
def test_each_known_user_agent_is_its_vendors_alone(
    vendor: str, model: str, version: str, mac: str, agent: str, registry: Registry
) -> None:
    text = unescaped(agent)
    assert [one.name for one in registry.vendors if one.identify(text)] == [vendor]
    found = registry.identify(text)
    assert found is not None
    assert (found.vendor, found.model, found.version) == (vendor, model, version)
    assert found.mac == (Mac(mac) if mac else None)
    assert found.sources == (Source.AGENT,)
    assert not found.contradicted_by


@ACROSS
def test_the_path_gives_the_mac_that_a_user_agent_leaves_out(
    vendor: str, model: str, version: str, mac: str, agent: str, registry: Registry
) -> None:
    own = registry.vendor(vendor)
    phone = Mac(mac) if mac else MAC
    known = own.model(model) if model else own.models[0]
    own_files = [file.name for file in own.files if file.per_device]
    paths = [path for name, path in own.paths(known, phone).items() if name in own_files]
    for path in paths:
        found = registry.identify(unescaped(agent), path)
        assert found is not None
        assert (found.vendor, found.model, found.version) == (vendor, model or found.model, version)
        assert (found.mac, found.contradicted_by) == (phone, ()), path


def test_there_are_as_many_user_agents_as_there_were() -> None:
    assert len(AGENTS) >= 165


AGENT = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:aa:bb:cc"
OWN = Mac("805ec0aabbcc")


def certificate(mac: str, issuer: str = "Yealink Manufacturing CA") -> ClientCertificate:
    return ClientCertificate((("CN", mac),), f"CN={issuer}", "00" * 32, issuer)


def test_a_certificate_counts_more_than_what_a_phone_says(registry: Registry) -> None:
    other = certificate("805EC0AABBDD")
    found = registry.identify(AGENT, "805ec0aabbcc.cfg", certificate=other)
    assert found is not None
    assert found.mac == Mac("805ec0aabbdd")
    assert (found.model, found.version) == ("T46U", "108.86.0.20")
    assert found.sources == (Source.CERTIFICATE, Source.AGENT, Source.PATH)
    assert found.contradicted_by == (Source.AGENT, Source.PATH)


def test_a_certificate_of_one_vendor_is_contradicted_by_the_agent_of_another(
    registry: Registry,
) -> None:
    agent = "FileTransport PolycomVVX-VVX_400-UA/5.9.0.1 (SN:64167faabbcc)"
    found = registry.identify(agent, certificate=certificate("805EC0AABBCC"))
    assert found is not None
    assert (found.vendor, found.model, found.mac) == ("yealink", "", OWN)
    assert found.contradicted_by == (Source.AGENT,)


def test_a_certificate_that_proves_no_mac_says_nothing(registry: Registry) -> None:
    for other in (certificate("generic"), certificate("805EC0AABBCC", "Acme CA")):
        found = registry.identify(AGENT, certificate=other)
        assert found is not None
        assert found.sources == (Source.AGENT,)


def test_the_user_agent_counts_more_than_the_path(registry: Registry) -> None:
    found = registry.identify(AGENT, "cfg000b82aabbcc.xml")
    assert found is not None
    assert (found.vendor, found.mac) == ("yealink", OWN)
    assert found.contradicted_by == (Source.PATH,)
    found = registry.identify(AGENT, "805ec0aabbdd.cfg")
    assert found is not None
    assert (found.mac, found.contradicted_by) == (OWN, (Source.PATH,))


@pytest.mark.parametrize(
    ("vendor_class", "vendor", "model"),
    [
        ("yealink", "yealink", ""),
        ("Polycom-VVX410", "polycom", "VVX_410"),
        ("\x00\x00\x36\x3d\x01\x02", "polycom", ""),
        ("Grandstream GXP2130", "grandstream", "GXP2130"),
        ("Cisco Systems, Inc. IP Phone CP-7941G\0", "cisco_sip", ""),
        ("Cisco Systems, Inc. IP Phone CP-8841\0", "cisco_sip", "8841"),
        ("Cisco Systems, Inc. IP Phone CP-8841-3PCC\0", "cisco_spa", "8841-3PCC"),
        ("Cisco Systems, Inc. IP Phone\0", "cisco_sip", ""),
        ("digium_D40_1_0_5_46476", "digium", "D40"),
        ("snomD785", "snom", "D785"),
        ("MSFT 5.0", None, None),
        ("", None, None),
    ],
)
def test_the_dhcp_class_tells_the_vendor_and_perhaps_the_model(
    vendor_class: str, vendor: str | None, model: str | None, registry: Registry
) -> None:
    found = registry.identify(vendor_class=vendor_class)
    assert (found and (found.vendor, found.model)) == (vendor and (vendor, model))
    if found:
        assert found.sources == (Source.VENDOR_CLASS,)


def test_the_dhcp_class_chooses_where_the_path_may_be_of_several_vendors(
    registry: Registry,
) -> None:
    nobodys = "02aced123456.cfg"
    assert registry.identify("", nobodys) is None
    found = registry.identify("", nobodys, vendor_class="yealink")
    assert found is not None
    assert (found.vendor, found.mac) == ("yealink", Mac("02aced123456"))
    assert found.sources == (Source.VENDOR_CLASS, Source.PATH)
    contradicted = registry.identify(AGENT, vendor_class="Polycom-VVX410")
    assert contradicted is not None
    assert contradicted.contradicted_by == (Source.VENDOR_CLASS,)


@pytest.mark.parametrize(
    ("announced", "vendor", "model"),
    [
        (Announced("Yealink", "T21D", "52.80.0.3"), "yealink", "T21D"),
        (Announced("yealink", "T46U"), "yealink", "T46U"),
        (Announced("Grandstream", "grandstream GXP2130"), "grandstream", "GXP2130"),
        (Announced("OEM", "OEM"), None, None),
        (Announced(""), None, None),
    ],
)
def test_plug_and_play_tells_vendor_model_and_version(
    announced: Announced, vendor: str | None, model: str | None, registry: Registry
) -> None:
    found = registry.identify(announced=announced)
    assert (found and (found.vendor, found.model)) == (vendor and (vendor, model))
    assert found is None or found.version == announced.version


def test_the_agents_model_counts_more_than_the_announced_one(registry: Registry) -> None:
    found = registry.identify(AGENT, announced=Announced("Yealink", "T21D", "1.2"))
    assert found is not None
    assert (found.model, found.version, found.contradicted_by) == ("T46U", "108.86.0.20", ())


def test_a_mac_alone_tells_nobody(registry: Registry) -> None:
    assert registry.identify("Mozilla/5.0 (00:15:65:aa:bb:cc)", "001565aabbcc.bin") is None
