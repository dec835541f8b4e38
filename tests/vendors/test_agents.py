"""The phone simulator names itself as the vendor's phones do."""

from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.vendors.registry import Registry

REGISTRY = Registry.load(Path(__file__).resolve().parents[2] / "plugins")
MAC = Mac("805ec0123456")
PHONES = [(vendor.name, model.name) for vendor in REGISTRY.vendors for model in vendor.models]


@pytest.mark.parametrize(("vendor_name", "model_name"), PHONES)
def test_every_models_user_agent_is_recognised(vendor_name: str, model_name: str) -> None:
    vendor = REGISTRY.vendor(vendor_name)
    seen = REGISTRY.identify(vendor.agent(vendor.model(model_name), MAC), "")
    assert seen is not None
    assert (seen.vendor, seen.model, seen.mac) == (vendor_name, model_name, MAC)
