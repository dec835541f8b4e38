"""Every vendor's own cases, byte for byte. Renew with: pytest tests/vendors --renew-golden."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from provd.devices.layers import flatten
from provd.devices.settings import VOCABULARY
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor

PLUGINS = Path(__file__).parents[2] / "plugins"
VENDORS = sorted(path.parent.name for path in PLUGINS.glob("*/plugin.yaml"))


@cache
def settings_of_cases(name: str) -> list[dict[str, object]]:
    """Of each of the vendor's cases, by their keys."""
    cases = yaml.safe_load((PLUGINS / name / "tests" / "cases.yaml").read_text("utf-8"))
    return [flatten(case["settings"]) for case in cases]


@pytest.mark.parametrize("name", VENDORS)
def test_files_are_what_they_were(
    name: str, registry: Registry, check_cases: Callable[[Vendor], None]
) -> None:
    check_cases(registry.vendor(name))


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize("key", ["sip.transport", "srtp.mode", "dtmf.mode"])
def test_cases_have_every_choice(name: str, key: str) -> None:
    chosen = {settings.get(key) for settings in settings_of_cases(name)}
    assert chosen >= set(VOCABULARY[key].kind.words)
