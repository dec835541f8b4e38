"""tests/golden/choices of the vendors, and how a difference there is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from provd.devices.settings import VOCABULARY
from provd.vendors.cases import read_cases
from provd.vendors.choices import place, text_of
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor

PLUGINS = Path(__file__).parents[2] / "plugins"
VENDORS = sorted(path.parent.name for path in PLUGINS.glob("*/plugin.yaml"))


@pytest.mark.parametrize("name", VENDORS)
def test_they_tell_of_every_choice(registry: Registry, name: str) -> None:
    """Each value of each choice of the vocabulary that the vendor has."""
    lines = (PLUGINS / name / "tests" / "golden" / "choices").read_text("utf-8").splitlines()
    without = registry.vendor(name).unsupported_settings
    for row in VOCABULARY.values():
        if row.for_phones and row.kind.words and row.key not in without:
            told = {line for line in lines if line.startswith(f"{row.key} = ")}
            assert told >= {f"{row.key} = {word}" for word in row.kind.words}


def test_a_value_that_waits_for_another_setting_is_shown_beside_it(
    acme: Path, profiles: Profiles
) -> None:
    template = acme / "templates" / "device.conf.j2"
    old = '{% if model_colour == "yes" and language %}'
    assert old in template.read_text()
    template.write_text(template.read_text().replace(old, "{% if phonebook_name and language %}"))
    text = text_of(Vendor(acme), read_cases(acme)[0], profiles.default)
    assert (
        "language = de\n  four: beside all else\n    device\n"
        "    -display.language = en\n    +display.language = de\n"
    ) in text


OLD = ["# head", "mode = on", "  four: device", "    -a", "    +b", "mode = off", "  four: as is"]


@pytest.mark.parametrize(
    ("at", "line", "said"),
    [
        (4, "    +c", "mode = on, four: device, +c"),
        (4, "mode = off", "mode = on, four: device, +b, is gone"),
        (6, "  four: nothing changes", "mode = off, four: nothing changes"),
        (5, "mode = none", "mode = none"),
    ],
)
def test_a_difference_names_the_choice_and_the_case(at: int, line: str, said: str) -> None:
    assert place(OLD, [*OLD[:at], line], at) == said
