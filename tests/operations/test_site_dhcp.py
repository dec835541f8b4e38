"""What a site's DHCP server is to tell: for whose phones, with the site's trust in mind."""

from __future__ import annotations

import pytest

from provd.devices.reach import Reach
from provd.dhcp import Plan
from provd.errors import NotFoundError, ProvdError
from provd.operations.actor import Actor
from provd.operations.phone_settings import Level
from tests.conftest import PHONE, House

SITE = "Harbour Dental Practice/Front desk"
REACH = Reach(
    "https://p.example/", "https://old.example/", "http://p.example/", "tftp://p.example/",
    "p.example", None,
)  # fmt: skip


def plan(house: House, actor: Actor | None = None, **more: object) -> Plan:
    operations = house.parts.operations.dhcp
    return operations.plan(actor or house.admin, SITE, REACH, **more)  # type: ignore[arg-type]


def tags(made: Plan) -> set[str]:
    return {stanza.tag for stanza in made.stanzas}


def test_it_is_for_the_vendors_whose_phones_are_at_the_site(house: House) -> None:
    present = {device.device.vendor for device in house.parts.operations.directory.devices(
        house.admin).items}  # fmt: skip
    assert tags(plan(house)) == present
    assert tags(plan(house, vendors=["polycom"])) == {"polycom"}
    registry = house.parts.registry
    with_dhcp = {vendor.name for vendor in registry.vendors if vendor.dhcp}
    assert {tag.partition("_")[0] for tag in tags(plan(house, every_vendor=True))} >= {
        name.partition("_")[0] for name in with_dhcp if registry.vendor(name).ouis
    }


def test_an_unknown_vendor_is_named(house: House) -> None:
    with pytest.raises(NotFoundError, match="no vendor “acme”"):
        plan(house, vendors=["acme"])


def test_without_networks_or_their_way_of_trust_phones_are_told_that_plain_ways_give_nothing(
    house: House,
) -> None:
    directory = house.parts.operations.directory
    site = next(row.site for row in directory.sites(house.admin) if row.site.name == "Front desk")

    def said() -> str:
        return " ".join(plan(house, scheme="http").stanzas[0].remarks)

    assert said() == ""
    directory.set_trust_ways(house.admin, site.id, ["enrolment"])
    assert "gives them nothing here" in said()
    directory.set_trust_ways(house.admin, site.id, None)
    house.parts.store.sites.update(site.id, networks=[])
    assert "gives them nothing here" in said()


def test_the_vlan_and_old_tls_come_from_the_settings_of_site_and_phones(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.SITE, SITE, "network.vlan.id", "40")
    settings.set(house.admin, Level.DEVICE, PHONE, "provisioning.legacy", "true")
    stanzas = {stanza.tag: stanza for stanza in plan(house).stanzas}
    mine = stanzas["yealink"]
    assert {option.code: option.text for option in mine.options}[132] == "40"
    others = [
        row
        for row in house.parts.operations.directory.devices(house.admin).items
        if row.device.vendor == "yealink" and row.site == "Front desk"
    ]
    url = next(option.text for option in mine.options if option.code == 160)
    assert (url == "https://old.example/") == (len(others) == 1)


def test_nothing_secret_is_in_it(house: House) -> None:
    settings = house.parts.operations.phone_settings
    settings.set(house.admin, Level.SITE, SITE, "web.admin_password", "very-secret")
    placement = house.parts.store.devices.placement(
        next(r.device.mac for r in house.parts.operations.directory.devices(house.admin).items)
    )
    assert placement is not None
    made = repr(plan(house, every_vendor=True))
    assert "very-secret" not in made
    assert placement.enrolment.token.reveal() not in made


def test_another_resellers_site_does_not_exist(house: House) -> None:
    assert tags(plan(house, house.reseller))
    with pytest.raises(NotFoundError, match="no site"):
        plan(house, house.stranger())
    for actor in (house.customer, house.warehouse):
        with pytest.raises(ProvdError):
            plan(house, actor)
