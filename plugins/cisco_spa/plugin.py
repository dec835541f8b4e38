"""What data does not express: the files that profile rules name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from provd.vendors.formats.xml import elements
from provd.vendors.patterns import separated
from provd.vendors.values import Model

_RULES = ("Profile_Rule", "Profile_Rule_B", "Profile_Rule_C", "Profile_Rule_D")
_MACRO = re.compile(r"\$(\$|[A-Z]+|\([A-Z]+\))")
_BEFORE_THE_URL = re.compile(r"\s*(?:\([^)]*\)\s*\?)?\s*(?:\[[^\]]*\])?\s*")


def named_files(content: bytes, model: Model, mac: str) -> Iterator[str]:
    """What the rules name, in their order; of alternatives the last, which has no condition. A name
    without a server means the one that gave this file (provisioning guide, "Profile Rules")."""
    parameters = dict(elements(content.decode(errors="replace")))
    for rule in _RULES:
        last = parameters.get(rule, "").rpartition("|")[2]
        name = _expanded(_BEFORE_THE_URL.sub("", last, count=1).strip(), model, mac)
        if name:
            yield name.lstrip("/")


def _expanded(name: str, model: Model, mac: str) -> str:
    product = str(model.facts["product"])
    macros = {
        "$": "$",
        "MA": mac,
        "MAU": mac.upper(),
        "MAC": separated(mac, ":"),
        "PN": product,
        "PSN": re.sub("^(SPA|CP-|DP-)", "", product),
    }
    return _MACRO.sub(lambda found: macros.get(found[1].strip("()"), found[0]), name)
