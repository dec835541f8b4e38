"""Tones by country, for phones that know frequencies alone."""

from __future__ import annotations

import re

import pytest

from provd.vendors.registry import Registry
from provd.vendors.tones import TONES
from tests.vendors.conftest import MakePhone

SCRIPTS = {
    "US": ("350@-19,440@-19;10(*/0/1+2)", "440@-19,480@-19;*(2/4/1+2)"),
    "DE": ("425@-19;10(*/0/1)", "425@-19;*(1/4/1)"),
    "GB": ("350@-19,440@-19;10(*/0/1+2)", "400@-19,450@-19;*(.4/.2/1+2,.4/2/1+2)"),
    "IT": ("425@-19;10(.2/.2/1,.6/1/1)", "425@-19;*(1/4/1)"),
}


@pytest.mark.parametrize(("country", "scripts"), SCRIPTS.items())
@pytest.mark.parametrize("model", ["SPA504G", "8851-3PCC", "SPA112", "ATA191"])
def test_a_script_of_frequencies_tells_them(
    registry: Registry, make_phone: MakePhone, model: str, country: str, scripts: tuple[str, str]
) -> None:
    vendor = registry.vendor("cisco_spa")
    settings = {"sip": {"registrar": "sip.example.com"}, "tones": {"country": country}}
    phone = make_phone(vendor, model, settings=settings)
    (kind,) = vendor.required_kinds(phone.model)
    content, notes = vendor.render_noted(vendor.file(kind), phone)
    found = dict(re.findall("<(Dial|Ring_Back)_Tone>(.*)</", content.decode()))
    assert (found["Dial"], found["Ring_Back"]) == scripts
    assert country not in {note.value for note in notes}


@pytest.mark.parametrize(
    ("name", "model", "told"),
    [
        (
            "grandstream",
            "GXP1628",
            {
                "<P4000>f1=425@-13,f2=0@-13,c=200/200-600/1000;</P4000>",
                "<P4001>f1=425@-19,f2=0@-19,c=1000/4000;</P4001>",
                "<P4003>f1=425@-24,f2=0@-24,c=200/200;</P4003>",
            },
        ),
        (
            "panasonic",
            "KX-HDV130",
            {
                'DIAL_TONE1_FRQ="425,425"',
                'DIAL_TONE1_TIMING="60,200,200,600,940"',
                'RINGBACK_TONE_TIMING="60,1000,3940"',
                'REORDER_TONE_TIMING="60,200,140"',
            },
        ),
        (
            "panasonic",
            "KX-TGP500B04",
            {
                'DIAL_TONE_FRQ="425,425"',
                'DIAL_TONE_TIMING="200,200,600,1000"',
                'RINGING_TONE_TIMING="1000,4000,1000,4000"',
            },
        ),
        (
            "polycom",
            "VVX_350",
            {
                'tone.chord.callProg.dialTone.freq.2="0"',
                'tone.chord.callProg.dialTone.repeat="1"',
                'se.pat.callProg.dialTone.inst.1.param="200"',
                'se.pat.callProg.dialTone.inst.4.value="1000"',
                'se.pat.callProg.dialTone.inst.5.value="-4"',
                'tone.chord.callProg.ringback.onDur="1000"',
                'tone.chord.callProg.ringback.offDur="4000"',
                'tone.chord.callProg.reorder.repeat="0"',
            },
        ),
    ],
)
def test_other_forms_tell_the_same(
    registry: Registry, make_phone: MakePhone, name: str, model: str, told: set[str]
) -> None:
    vendor = registry.vendor(name)
    settings = {"sip": {"registrar": "sip.example.com"}, "tones": {"country": "IT"}}
    phone = make_phone(vendor, model, settings=settings)
    files = (vendor.render(vendor.file(kind), phone) for kind in vendor.required_kinds(phone.model))
    assert told <= {line.strip() for line in b"\n".join(files).decode().splitlines()}


def test_a_country_that_is_not_known_is_noted(registry: Registry, make_phone: MakePhone) -> None:
    vendor = registry.vendor("cisco_spa")
    settings = {"sip": {"registrar": "sip.example.com"}, "tones": {"country": "AQ"}}
    content, notes = vendor.render_noted(
        vendor.file("device"), make_phone(vendor, "SPA504G", settings=settings)
    )
    assert b"_Tone>" not in content
    assert "AQ" in {note.value for note in notes}


def test_what_is_heard_of_each_country_can_be_heard() -> None:
    assert len(TONES) > 40
    for country, tones in TONES.items():
        assert re.fullmatch("[A-Z]{2}", country)
        for tone in (tones.dial, tones.ringing, tones.busy, tones.congestion):
            assert all(300 <= frequency <= 700 for frequency in tone.frequencies)
            assert all(on >= 0 and off >= 0 for on, off in tone.cadence)
        assert tones.busy.cadence != tones.dial.cadence
        assert len(tones.ringing.cadence) <= 2
