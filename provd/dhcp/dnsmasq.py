"""dnsmasq: lines for a file in /etc/dnsmasq.d (dnsmasq(8), 2.80 and later)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from provd.dhcp.stanza import Option, Plan, Stanza, comments, printable

HEAD = ("dnsmasq: put this into a file in /etc/dnsmasq.d, then restart dnsmasq.",)


def written(plan: Plan) -> str:
    lines = comments("#", [plan.title, *HEAD, *plan.remarks])
    apart, inside = _classes_apart(plan), _classes_inside(plan)
    for stanza in plan.stanzas:
        lines += ["", *comments("#", [stanza.title, *stanza.remarks])]
        lines += _matches(stanza, apart, inside)
        lines += [_option(stanza, each) for each in stanza.options]
    return "\n".join(lines) + "\n"


def _classes_apart(plan: Plan) -> dict[bytes, str]:
    """Vendor class -> a tag of its own, for each that another one's phones must not have."""
    longer = {one for stanza in plan.stanzas for each in stanza.classes for one in each.but_not}
    return {one: f"provd-class-{number}" for number, one in enumerate(sorted(longer), start=1)}


def _classes_inside(plan: Plan) -> set[bytes]:
    """Those that others hold behind their beginning, where dnsmasq would find a text as well."""
    begins = {each.begin for stanza in plan.stanzas for each in stanza.classes}
    return {one for one in begins if any(other.find(one, 1) > 0 for other in begins)}


def _matches(
    stanza: Stanza, apart: Mapping[bytes, str], inside: Collection[bytes]
) -> Iterator[str]:
    tag = _tag(stanza.tag)
    for number, each in enumerate(stanza.classes, start=1):
        own = apart.get(each.begin) or (f"{tag}-{number}" if each.but_not else tag)
        yield _class(own, each.begin, as_text=each.begin not in inside)
        if own != tag:
            others = "".join(f",tag:!{apart[one]}" for one in each.but_not)
            yield f"tag-if=set:{tag},tag:{own}{others}"
    for oui in stanza.ouis:
        yield f"dhcp-mac=set:{tag},{bytes.fromhex(oui).hex(':')}:*:*:*"


def _class(tag: str, begin: bytes, *, as_text: bool) -> str:
    """A text is looked for anywhere in the vendor class, octets where it begins."""
    text = printable(begin)
    if text and as_text:
        return f"dhcp-vendorclass=set:{tag},{_quoted(text)}"
    line = f"dhcp-match=set:{tag},option:vendor-class,{begin.hex(':')}"
    return "  ".join([line, *comments("#", [f"begins with {text}"] if text else [])])


def _option(stanza: Stanza, option: Option) -> str:
    line = f"dhcp-option=tag:{_tag(stanza.tag)},{option.code},{_content(option)}"
    return "  ".join([line, *comments("#", [option.note] if option.note else [])])


def _content(option: Option) -> str:
    if option.addresses:
        return ",".join(map(str, option.addresses))
    if option.text:
        return _quoted(option.text)
    # A single octet has no colon by which dnsmasq would know it for hexadecimal.
    return str(option.content[0]) if len(option.content) == 1 else option.content.hex(":")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tag(name: str) -> str:
    return f"provd-{name}"
