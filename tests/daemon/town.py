"""Phones for the tests, registered in the demonstration's data as people register them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from provd.app import Provd, build
from provd.configuration_file import configuration_from
from provd.devices.account import Role
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.operations import Actor, DeviceForm, LineForm

MODELS = {
    "yealink": ("805ec0", "T46U"),
    "polycom": ("64167f", "VVX_450"),
    "grandstream": ("c074ad", "GRP2614"),
}
VENDORS = tuple(MODELS)


@dataclass(frozen=True, slots=True)
class TestPhone:
    """A registered phone at the demonstration's site, 127.0.0.1."""

    __test__ = False

    mac: str
    vendor: str
    model: str


def phone(vendor: str, number: int) -> TestPhone:
    oui, model = MODELS[vendor]
    return TestPhone(str(Mac(f"{oui}{number:06x}")), vendor, model)


def parts_of(data: Path) -> Provd:
    """The parts over a data folder, beside the daemon that may run on it. Close them."""
    return build(configuration_from({}, {"data": str(data)}))


def register(parts: Provd, phones: list[TestPhone]) -> None:
    provider = parts.operations.setup.provider()
    assert provider is not None
    actor = Actor("tests", Role.ADMIN, provider.id)
    choices = parts.operations.registration.choices(actor)
    with parts.store.transaction():
        for number, one in enumerate(phones):
            form = DeviceForm(
                mac=one.mac,
                vendor=one.vendor,
                model=one.model,
                site_id=choices.sites[0].id,
                plan_id=choices.plans[0].id,
                lines=(LineForm(f"2{number:03}", Secret(f"password-{number}"), "Tester"),),
            )
            parts.operations.registration.register(actor, form)
