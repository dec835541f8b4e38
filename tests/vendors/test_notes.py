"""Whose a note is: of the setting that it goes with, not of one that has the same value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provd.vendors.attributing import notes_of
from provd.vendors.notes import Note, noted, remarks
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

TEMPLATE = """\
{{ lines | length }} {{ sip_expires | between(60, 70) if sip_expires }}
{% if network_rtp_from and network_rtp_until %}
{{ (network_rtp_until - network_rtp_from) | between(48, 100) }}
{% endif %}
{% if ldap_server %}
{{ ldap_port }} {{ ldap_most_hits | between(1, 20) if ldap_most_hits }}
{% endif %}
"""


@pytest.fixture
def noting(acme: Path, make_phone: Callable[..., Phone]) -> Callable[..., tuple[str, ...]]:
    (acme / "templates" / "device.conf.j2").write_text(TEMPLATE)
    vendor = Vendor(acme)

    def make(key: str, **given: Any) -> tuple[str, ...]:
        settings = {"sip.registrar": "sip.example.com"} | {
            name.replace("__", "."): value for name, value in given.items()
        }
        phone = make_phone(vendor, "Four", settings=settings)
        return remarks(notes_of(vendor, vendor.file("device"), phone, key))

    return make


def test_what_is_computed_from_two_numbers_is_told_of_both(noting: Callable[..., object]) -> None:
    ports = {"network__rtp_from": 2000, "network__rtp_until": 3000}
    said = ("1000 is more than this model's 100; 100 is used",)
    assert noting("network.rtp_from", **ports) == said
    assert noting("network.rtp_until", **ports) == said
    assert noting("sip.expires", **ports, sip__expires=65) == ()


def test_a_setting_with_the_same_value_is_not_told_of(noting: Callable[..., object]) -> None:
    directory = {"ldap__server": "d.example.com", "ldap__most_hits": 99, "ldap__port": 99}
    assert noting("ldap.most_hits", **directory) == ("99 is more than this model's 20; 20 is used",)
    assert noting("ldap.port", **directory) == ()
    assert noting("ldap.server", **directory) == ()


def test_notes_become_one_clause_for_all_words_that_there_are_not() -> None:
    notes = [Note("fr", "x"), Note("9", "y", "9 is more than this model's 5; 5 is used")]
    assert remarks([*notes, Note("de", "x"), *notes]) == (
        "no word for de, fr at this vendor",
        "9 is more than this model's 5; 5 is used",
    )


def test_nothing_is_noted_of_what_was_rendered_before() -> None:
    with noted() as one:
        pass
    with noted() as other:
        pass
    assert (one, other) == ([], [])
    assert one is not other
