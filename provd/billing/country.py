"""ISO 3166-1: which countries there are, and which of them form the European Union."""

from __future__ import annotations

from provd.errors import InputError

_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

COUNTRIES = frozenset(_COUNTRIES.split())
"""Alpha-2 codes that are assigned."""

EU = frozenset(_EU.split())
"""Where a supply of services between businesses shifts the tax to the buyer (directive 2006/112/EC,
article 196). Northern Ireland is in it for goods alone, so its XI is not here."""

_VAT_PREFIXES = {"EL": "GR"}
"""Where a VAT id begins with other letters than its country's code (article 215)."""


def check_country(code: str, key: str = "country") -> None:
    """Raises InputError for anything but an assigned alpha-2 code."""
    if code not in COUNTRIES:
        raise InputError(
            f"“{code}” is not a country code of ISO 3166-1", key=key, remedy="Write DE, GB, US"
        )


def vat_country(vat_id: str) -> str:
    """The country that issued a VAT id, by its first two letters; empty where they name none."""
    prefix = vat_id[:2]
    code = _VAT_PREFIXES.get(prefix, prefix)
    return code if code in COUNTRIES else ""
