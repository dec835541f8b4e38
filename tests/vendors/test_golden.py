"""Every vendor's own cases, byte for byte. Renew with: pytest tests/vendors --renew-golden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from provd.devices.layers import flatten
from provd.devices.settings import VOCABULARY
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor

PLUGINS = Path(__file__).parents[2] / "plugins"
VENDORS = sorted(path.parent.name for path in PLUGINS.glob("*/plugin.yaml"))


@pytest.mark.parametrize("name", VENDORS)
def test_files_are_what_they_were(
    name: str, registry: Registry, check_cases: Callable[[Vendor], None]
) -> None:
    check_cases(registry.vendor(name))


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize("key", ["sip.transport", "srtp.mode", "dtmf.mode"])
def test_cases_have_every_choice(name: str, key: str) -> None:
    cases = yaml.safe_load((PLUGINS / name / "tests" / "cases.yaml").read_text("utf-8"))
    chosen = {flatten(case["settings"]).get(key) for case in cases}
    assert chosen >= set(VOCABULARY[key].kind.words)
