"""A key that nobody programs any more loses its function: the file says so of every such key."""

from __future__ import annotations

import pytest

from provd.vendors.registry import Registry
from tests.vendors.conftest import MakePhone

SETTINGS = {"sip": {"registrar": "sip.example.com"}}


@pytest.mark.parametrize(
    ("name", "model", "own", "of_a_module"),
    [
        ("yealink", "T46U", "linekey.27.type = 0", "expansion_module.3.key.60.type = 0"),
        ("yealink", "T28P", "memorykey.10.type = 0", "expansion_module.6.key.38.type = 0"),
        ("grandstream", "GXP2170", "<P23964>-1</P23964>", "<P23795>-1</P23795>"),
        ("grandstream", "GXP1628", "<P23035>-1</P23035>", ""),
        ("grandstream", "GRP2614", 'pks.vpk.4.keyMode">None', ""),
        ("htek", "UC926", "<P20300>0</P20300>", ""),
        ("fanvil", "X6U", 'index="12"><Type>0</Type>', ""),
        ("snom", "D785", 'idx="23" context="active" label="" perm="R">line<', ""),
    ],
)
def test_its_parameter_says_that_it_has_none(
    registry: Registry, make_phone: MakePhone, name: str, model: str, own: str, of_a_module: str
) -> None:
    vendor = registry.vendor(name)
    bare = make_phone(vendor, model, settings=SETTINGS)
    kind = vendor.required_kinds(bare.model)[-1]
    text = vendor.render(vendor.file(kind), bare).decode()
    assert own in text
    if of_a_module:
        keys = [{"position": 1, "kind": "blf", "value": "200", "module": 1}]
        phone = make_phone(vendor, model, settings=SETTINGS, keys=keys)
        assert of_a_module in vendor.render(vendor.file(kind), phone).decode()
        assert of_a_module not in text, "phones without modules need no word of them"
