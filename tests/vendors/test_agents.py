"""The phone simulator names itself as the vendor's phones do."""

import re
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor

REGISTRY = Registry.load(Path(__file__).resolve().parents[2] / "plugins")
MAC = Mac("805ec0123456")
PHONES = [
    (vendor.name, model.name)
    for vendor in REGISTRY.vendors
    for model in vendor.models
    if vendor.agent(model, MAC)  # phones that only know TFTP send none
]


@pytest.mark.parametrize(("vendor_name", "model_name"), PHONES)
def test_every_models_user_agent_is_recognised(vendor_name: str, model_name: str) -> None:
    vendor = REGISTRY.vendor(vendor_name)
    agent = vendor.agent(vendor.model(model_name), MAC)
    seen = REGISTRY.identify(agent, "")
    assert seen is not None
    told = MAC if MAC.digits in re.sub("[:-]", "", agent).lower() else None
    assert (seen.vendor, seen.model, seen.mac) == (vendor_name, model_name, told)


def test_vendors_whose_phones_send_no_user_agent_are_known() -> None:
    silent = {vendor.name for vendor in REGISTRY.vendors if is_silent(vendor)}
    assert silent <= {"zenitel", "twon", "zoiper", "acrobits"}


def is_silent(vendor: Vendor) -> bool:
    return not any(vendor.agent(model, MAC) for model in vendor.models)
