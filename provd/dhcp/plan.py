"""From what the vendors' phones read to what a site's DHCP server is to send.

A URL goes by HTTPS wherever the phones speak it: over anything else provd gives phones their files
only in the networks that are named for their site. No URL bears a token: everybody reads DHCP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from provd.devices.reach import TFTP_PORT, Reach, best_scheme
from provd.dhcp.encapsulation import encapsulated, fitting, vendor_identifying
from provd.dhcp.filling import content_of
from provd.dhcp.stanza import Option, Plan, Stanza, VendorClass, printable
from provd.vendors.dhcp import DhcpOptionRow, DhcpRow, Scheme, class_octets
from provd.vendors.way import Way


@dataclass(frozen=True, slots=True)
class Family:
    """Phones that are to be told: a row of their vendor's folder. `count` of them are at the site;
    `old_tls` of these know old TLS only. `vlan` is theirs, 0 for none."""

    vendor: str
    title: str
    ouis: tuple[str, ...]
    row: DhcpRow
    count: int = 0
    old_tls: int = 0
    vlan: int = 0


def plan(
    title: str,
    families: Sequence[Family],
    reach: Reach,
    *,
    plain_allowed: bool,
    scheme: Scheme | None = None,
) -> Plan:
    """`plain_allowed`: provd gives the site's phones their files over TFTP and HTTP, too. With a
    `scheme` phones are sent there, whatever else they speak.

    Raises InputError for what no option can hold.
    """
    tags = _tags([family.vendor for family in families])
    made = [
        _stanza(tag, family, reach, plain_allowed=plain_allowed, scheme=scheme)
        for tag, family in zip(tags, families, strict=True)
    ]
    told = [stanza for stanza in made if stanza.options]
    stanzas = sorted((_set_apart(one, told) for one in told), key=_longest)
    silent = tuple(remark for stanza in made if not stanza.options for remark in stanza.remarks)
    return Plan(title, tuple(stanzas), silent)


def _tags(names: Sequence[str]) -> list[str]:
    """Each vendor's name; its further families are numbered."""
    found: list[str] = []
    for position, name in enumerate(names):
        before = names[:position].count(name)
        found.append(f"{name}_{before + 1}" if before else name)
    return found


def _stanza(
    tag: str, family: Family, reach: Reach, *, plain_allowed: bool, scheme: Scheme | None
) -> Stanza:
    row = family.row
    chosen = scheme or best_scheme(row.schemes, plain_allowed=plain_allowed) or row.schemes[0]
    way = _way(chosen, family, reach)
    options = tuple(_options(row.options, way, plain_allowed=plain_allowed))
    remarks = [*_remarks(family, way, reach, plain_allowed=plain_allowed)]
    if not options:
        remarks = [f"{family.title}: {remark}" for remark in remarks]
    classes = tuple(VendorClass(class_octets(each)) for each in row.classes)
    ouis = () if classes else family.ouis
    return Stanza(tag, family.title, classes, ouis, options, tuple(remarks))


def _way(scheme: str, family: Family, reach: Reach) -> Way:
    old_tls = family.old_tls > 0 and family.old_tls == family.count
    url = reach.url(scheme, old_tls=old_tls)
    return Way(scheme, url, reach.host, reach.address, family.vlan)


def _options(rows: Iterable[DhcpOptionRow], way: Way, *, plain_allowed: bool) -> Iterator[Option]:
    """In the phones' order; the parts of one option stand together, where the first of them is."""
    meant = [row for row in rows if not row.schemes or way.scheme in row.schemes]
    filled = [(row, content) for row in meant if (content := content_of(row, way)) is not None]
    has_url = any(row.form in ("url", "text") and _names_server(row) for row, _ in filled)
    if has_url and not plain_allowed:
        # A bare name or address is where phones go by TFTP: here they would be refused.
        filled = [(row, content) for row, content in filled if row.form not in ("host", "address")]
    done: set[int] = set()
    for row, content in filled:
        if row.code not in done:
            done.add(row.code)
            yield _option(row, content, [one for one in filled if one[0].code == row.code], way)


def _names_server(row: DhcpOptionRow) -> bool:
    return row.form == "url" or any(f"{{{name}}}" in row.value for name in ("url", "base", "host"))


def _option(
    row: DhcpOptionRow, content: bytes, same: Sequence[tuple[DhcpOptionRow, bytes]], way: Way
) -> Option:
    if row.suboption is None:
        addresses = (way.address,) if row.form == "address" and way.address else ()
        text = "" if addresses else printable(content)
        return Option(row.code, fitting(content), text, addresses, row.note)
    parts = [(each.suboption or 0, one) for each, one in same]
    content = (
        encapsulated(parts) if row.enterprise is None else vendor_identifying(row.enterprise, parts)
    )
    shown = ", ".join(f"{code} = {printable(one) or one.hex(' ')}" for code, one in parts)
    notes = [each.note for each, _ in same if each.note]
    return Option(row.code, fitting(content), note="; ".join([f"sub-option {shown}", *notes]))


def _remarks(family: Family, way: Way, reach: Reach, *, plain_allowed: bool) -> Iterator[str]:
    if way.scheme != "https" and not plain_allowed:
        yield (
            f"These phones are sent to {way.scheme}, over which provd gives them nothing here: the "
            "site has no networks, or its trust ways leave them out."
        )
    forms = {option.form for option in family.row.options}
    by_tftp = way.scheme == "tftp" or (plain_allowed and forms & {"host", "address"})
    if by_tftp and reach.tftp_port != TFTP_PORT:
        yield f"Phones ask TFTP on port 69, but provd listens on {reach.tftp_port}."
    if 0 < family.old_tls < family.count:
        yield f"{family.old_tls} of {family.count} know old TLS only, and need {reach.legacy}"
    if reach.address is None and "address" in forms:
        yield "They can be told an address, too, but the server's is not known: give --address."
    if not family.row.classes:
        yield "These phones send no vendor class that tells them apart."


def _set_apart(stanza: Stanza, others: Sequence[Stanza]) -> Stanza:
    """Who sends a longer class of another family, that begins with one of ours, is not ours."""
    theirs = {one.begin for other in others if other.tag != stanza.tag for one in other.classes}
    classes = [
        VendorClass(own.begin, tuple(sorted(one for one in theirs if _extends(one, own.begin))))
        for own in stanza.classes
    ]
    return replace(stanza, classes=tuple(classes))


def _extends(longer: bytes, begin: bytes) -> bool:
    return longer.startswith(begin) and longer != begin


def _longest(stanza: Stanza) -> int:
    """Those with the longest classes first: some servers take the first that fits."""
    return -max((len(one.begin) for one in stanza.classes), default=0)
