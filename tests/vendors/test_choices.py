"""Every choice of every setting makes a file of every family, beside other choices, too. What each
one alone changes stands in the vendors' tests/golden/choices."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml

from provd.devices.layers import Settings
from provd.devices.settings import VOCABULARY
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

PLUGINS = Path(__file__).parents[2] / "plugins"
MODELS = [
    (path.parents[1].name, model)
    for path in sorted(PLUGINS.glob("*/tests/cases.yaml"))
    for model in sorted({case["model"] for case in yaml.safe_load(path.read_text("utf-8"))})
]
MakePhone = Callable[..., Phone]


@pytest.fixture(params=MODELS, ids=lambda pair: "-".join(pair))
def phone(request: pytest.FixtureRequest, registry: Registry, make_phone: MakePhone) -> Phone:
    vendor, model = request.param
    return make_phone(registry.vendor(vendor), model)


def test_no_choice_is_without_an_answer(phone: Phone, registry: Registry) -> None:
    vendor = registry.vendor(phone.device.vendor)
    for chosen in choices_together():
        values = {**dict(phone.settings.items()), **chosen}
        render(vendor, dataclasses.replace(phone, settings=Settings(values, ())))


def choices_together() -> Iterator[Mapping[str, object]]:
    """The first choices of all settings, then the second ones, and so on."""
    rows = [row for row in VOCABULARY.values() if row.for_phones]
    choices = {row.key: row.kind.words or (True, False) for row in rows if is_choice(row.key)}
    for words in zip_longest(*choices.values()):
        pairs = zip(choices, words, strict=True)
        yield {key: kept(key, word) for key, word in pairs if word is not None}


def is_choice(key: str) -> bool:
    if VOCABULARY[key].kind.words:
        return True
    try:
        return VOCABULARY[key].kind.check(True) is True
    except ValueError:
        return False


def kept(key: str, word: object) -> object:
    """A setting of many words is given one."""
    try:
        return VOCABULARY[key].kind.check(word)
    except ValueError:
        return VOCABULARY[key].kind.check([word])


def render(vendor: Vendor, phone: Phone) -> None:
    for file in vendor.files:
        if file.template and file.per_device and file.fits(phone.model):
            assert vendor.render(file, phone)
