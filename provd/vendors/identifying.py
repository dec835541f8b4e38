"""Who sent a request: all that it tells is put together, the strongest first.

A source may leave several vendors open, and weaker ones choose among them; what names none of those
contradicts, and is told, not followed. Model, version and MAC come from the strongest source that
tells them of that vendor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from provd.devices.mac import Mac
from provd.vendors.dhcp import class_octets
from provd.vendors.evidence import Announced, Clue, Evidence, Source
from provd.vendors.models import model_key
from provd.vendors.values import FileMatch, Identification
from provd.vendors.vendor import Vendor


def identified(
    vendors: Sequence[Vendor], evidence: Evidence, matches: Iterable[FileMatch]
) -> Identification | None:
    """None where it stays open which vendor it is. `matches` are what the path may mean."""
    clues = list(_clues(vendors, evidence, matches))
    left, against = _vendors_left(clues)
    if len(left) > 1:
        left = _by_prefix(vendors, left, clues)
    if len(left) != 1:
        return None
    (name,) = left
    own = [clue for clue in clues if clue.vendor == name]
    mac = next((clue.mac for clue in own if clue.mac), None)
    against |= {clue.source for clue in own if clue.mac not in (None, mac)} - _agreeing(own, mac)
    return Identification(
        name,
        next((clue.model for clue in own if clue.model), ""),
        next((clue.version for clue in own if clue.version), ""),
        mac,
        tuple(dict.fromkeys(clue.source for clue in own)),
        tuple(source for source in Source if source in against),
    )


def _clues(
    vendors: Sequence[Vendor], evidence: Evidence, matches: Iterable[FileMatch]
) -> Iterator[Clue]:
    """In the order of their strength."""
    for vendor in vendors:
        mac = evidence.certificate and vendor.certificate_mac(evidence.certificate)
        if mac:
            yield Clue(Source.CERTIFICATE, vendor.name, mac=mac)
        elif evidence.proven == vendor.name:
            yield Clue(Source.CERTIFICATE, vendor.name)
    for vendor in vendors:
        if evidence.agent and (seen := vendor.identify(evidence.agent)):
            yield Clue(Source.AGENT, vendor.name, seen.model, seen.version, seen.mac)
    if evidence.vendor_class:
        yield from _of_class(vendors, evidence.vendor_class)
    if evidence.announced:
        yield from _of_announcement(vendors, evidence.announced)
    for match in matches:
        model = match.model.name if match.model else ""
        yield Clue(Source.PATH, match.vendor, model, mac=match.mac)


def _of_class(vendors: Sequence[Vendor], text: str) -> Iterator[Clue]:
    """One vendor's class may begin with another's: who knows the model that it names counts first,
    then the longest beginning."""
    found = [
        (bool(model := _model_in(vendor, text)), len(begin), vendor.name, model)
        for vendor in vendors
        for row in vendor.dhcp
        for begin in (class_octets(each).decode("latin-1") for each in row.classes)
        if text.startswith(begin)
    ]
    best = max((each[:2] for each in found), default=None)
    for *rank, name, model in found:
        if tuple(rank) == best:
            yield Clue(Source.VENDOR_CLASS, name, model)


def _of_announcement(vendors: Sequence[Vendor], announced: Announced) -> Iterator[Clue]:
    word = announced.vendor.casefold()
    for vendor in vendors:
        if word in _words(vendor):
            model = _model_in(vendor, announced.model) or announced.model
            yield Clue(Source.ANNOUNCEMENT, vendor.name, model, announced.version)


def _words(vendor: Vendor) -> frozenset[str]:
    """Of its name and title, in small letters: what phones call their vendor."""
    words = re.findall("[a-z0-9]+", f"{vendor.name} {vendor.title}".casefold())
    return frozenset((vendor.name, *words))


def _model_in(vendor: Vendor, text: str) -> str:
    """The name of the first model that is named in a text of words, perhaps behind the vendor's
    name, as acme320, D40_1_0_5 or "IP Phone CP-8841"; empty when none is."""
    tokens = [token for token in re.split("[^0-9A-Za-z]+", text) if token]
    models = {model_key(model.name): model.name for model in vendor.models}
    words = ("", *_words(vendor))
    for start in range(len(tokens)):
        for end in range(len(tokens), start, -1):
            whole = model_key("".join(tokens[start:end]))
            keys = (whole.removeprefix(word) for word in words)
            if found := next((models[key] for key in keys if key in models), ""):
                return found
    return ""


def _vendors_left(clues: Iterable[Clue]) -> tuple[set[str], set[Source]]:
    """Those that every source leaves open that does not contradict a stronger one; and those."""
    by_source: dict[Source, set[str]] = {}
    for clue in clues:
        by_source.setdefault(clue.source, set()).add(clue.vendor)
    left: set[str] = set()
    against: set[Source] = set()
    for source, named in by_source.items():
        if left and not left & named:
            against.add(source)
        else:
            left = left & named or named
    return left, against


def _by_prefix(vendors: Sequence[Vendor], left: set[str], clues: Iterable[Clue]) -> set[str]:
    """Of several vendors that all may be meant, the one whose MACs begin as this one does."""
    ouis = {clue.mac.oui for clue in clues if clue.mac and clue.vendor in left}
    return {vendor.name for vendor in vendors if vendor.name in left and vendor.ouis & ouis}


def _agreeing(own: Iterable[Clue], mac: Mac | None) -> set[Source]:
    """A path may mean several files, of which one names the phone's MAC: then it agrees."""
    return {clue.source for clue in own if clue.mac == mac}
