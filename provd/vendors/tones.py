"""What a network's tones sound like, by country, for phones that know frequencies and no countries.

From ITU-T E.180 Supplement 2 as Asterisk's indications.conf has it, which lacks Ireland alone.
Levels and what is beyond these four differ by phone. Where a country has several tones of one kind
the usual one stands here. A modulated tone is told as its carrier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

Cadence = tuple[tuple[int, int], ...]
"""(milliseconds on, milliseconds off), repeated; ((0, 0),): without a pause."""

_STEADY: Cadence = ((0, 0),)


@dataclass(frozen=True, slots=True)
class Tone:
    """`frequencies` in hertz sound together."""

    frequencies: tuple[int, ...]
    cadence: Cadence


@dataclass(frozen=True, slots=True)
class CountryTones:
    """`ringing` is heard while it rings there; `congestion` where no way is free."""

    dial: Tone
    ringing: Tone
    busy: Tone
    congestion: Tone


def _usual(frequency: int, ringing: Cadence, busy: int, congestion: Cadence) -> CountryTones:
    """One frequency for all; busy as long on as off."""
    one = (frequency,)
    return CountryTones(
        Tone(one, _STEADY), Tone(one, ringing), Tone(one, ((busy, busy),)), Tone(one, congestion)
    )


def _even(milliseconds: int) -> Cadence:
    return ((milliseconds, milliseconds),)


_AMERICA = CountryTones(
    Tone((350, 440), _STEADY),
    Tone((440, 480), ((2000, 4000),)),
    Tone((480, 620), _even(500)),
    Tone((480, 620), _even(250)),
)
_TWICE: Cadence = ((400, 200), (400, 2000))
_BRITAIN = CountryTones(
    Tone((350, 440), _STEADY),
    Tone((400, 450), _TWICE),
    Tone((400,), _even(375)),
    Tone((400,), ((400, 350), (225, 525))),
)

TONES: Mapping[str, CountryTones] = MappingProxyType(
    {
        "AT": _usual(420, ((1000, 5000),), 400, _even(200)),
        "AU": CountryTones(
            Tone((413, 438), _STEADY),
            Tone((413, 438), _TWICE),
            Tone((425,), _even(375)),
            Tone((425,), _even(375)),
        ),
        "BE": _usual(425, ((1000, 3000),), 500, _even(167)),
        "BG": _usual(425, ((1000, 4000),), 500, _even(250)),
        "BR": _usual(425, ((1000, 4000),), 250, ((250, 250), (750, 250))),
        "CA": _AMERICA,
        "CH": _usual(425, ((1000, 4000),), 500, _even(200)),
        "CL": _usual(400, ((1000, 3000),), 500, _even(200)),
        "CN": _usual(450, ((1000, 4000),), 350, _even(700)),
        "CZ": CountryTones(
            Tone((425,), ((330, 330), (660, 660))),
            Tone((425,), ((1000, 4000),)),
            Tone((425,), _even(330)),
            Tone((425,), _even(165)),
        ),
        "DE": _usual(425, ((1000, 4000),), 480, _even(240)),
        "DK": _usual(425, ((1000, 4000),), 500, _even(200)),
        "EE": _usual(425, ((1000, 4000),), 300, _even(200)),
        "ES": _usual(425, ((1500, 3000),), 200, ((200, 200), (200, 200), (200, 600))),
        "FI": _usual(425, ((1000, 4000),), 300, _even(200)),
        "FR": _usual(440, ((1500, 3500),), 500, _even(250)),
        "GB": _BRITAIN,
        "GR": CountryTones(
            Tone((425,), ((200, 300), (700, 800))),
            Tone((425,), ((1000, 4000),)),
            Tone((425,), _even(300)),
            Tone((425,), _even(200)),
        ),
        "HU": _usual(425, ((1250, 3750),), 300, _even(300)),
        "ID": _usual(425, ((1000, 4000),), 500, _even(250)),
        "IE": CountryTones(
            Tone((425,), _STEADY),
            Tone((400, 450), _TWICE),
            Tone((425,), _even(500)),
            Tone((425,), _even(250)),
        ),
        "IL": _usual(414, ((1000, 3000),), 500, _even(250)),
        "IN": _usual(400, _TWICE, 750, _even(250)),
        "IT": CountryTones(
            Tone((425,), ((200, 200), (600, 1000))),
            Tone((425,), ((1000, 4000),)),
            Tone((425,), _even(500)),
            Tone((425,), _even(200)),
        ),
        "JP": _usual(400, ((1000, 2000),), 500, _even(500)),
        "LT": _usual(425, ((1000, 4000),), 350, _even(200)),
        "MX": _usual(425, ((1000, 4000),), 250, _even(250)),
        "MY": _usual(425, _TWICE, 500, _even(500)),
        "NL": _usual(425, ((1000, 4000),), 500, _even(250)),
        "NO": _usual(425, ((1000, 4000),), 500, _even(200)),
        "NZ": CountryTones(
            Tone((400,), _STEADY),
            Tone((400, 450), _TWICE),
            Tone((400,), _even(500)),
            Tone((400,), _even(250)),
        ),
        "PH": CountryTones(
            Tone((425,), _STEADY),
            Tone((425, 480), ((1000, 4000),)),
            Tone((480, 620), _even(500)),
            Tone((480, 620), _even(250)),
        ),
        "PL": _usual(425, ((1000, 4000),), 500, _even(500)),
        "PT": _usual(425, ((1000, 5000),), 500, _even(200)),
        "RU": _usual(425, ((1000, 4000),), 350, _even(175)),
        "SE": _usual(425, ((1000, 5000),), 250, ((250, 750),)),
        "SG": _usual(425, _TWICE, 750, _even(250)),
        "TH": CountryTones(
            Tone((400,), _STEADY),
            Tone((420,), ((1000, 5000),)),
            Tone((400,), _even(500)),
            Tone((400,), _even(300)),
        ),
        "TW": replace(_AMERICA, ringing=Tone((440, 480), ((1000, 2000),))),
        "US": _AMERICA,
        "VE": _usual(425, ((1000, 4000),), 500, _even(250)),
        "ZA": _usual(400, _TWICE, 500, _even(250)),
    }
)
"""By the country of tones.country (ISO 3166)."""
