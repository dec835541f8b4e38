"""dnsmasq: lines for a file in /etc/dnsmasq.d (dnsmasq(8), 2.80 and later)."""

from __future__ import annotations

from collections.abc import Iterator

from provd.dhcp.stanza import Option, Plan, Stanza, comments, printable

HEAD = ("dnsmasq: put this into a file in /etc/dnsmasq.d, then restart dnsmasq.",)


def written(plan: Plan) -> str:
    lines = comments("#", [plan.title, *HEAD, *plan.remarks])
    for stanza in plan.stanzas:
        lines += ["", *comments("#", [stanza.title, *stanza.remarks]), *_matches(stanza)]
        lines += [_option(stanza, option) for option in stanza.options]
    return "\n".join(lines) + "\n"


def _matches(stanza: Stanza) -> Iterator[str]:
    for vendor_class in stanza.classes:
        if text := printable(vendor_class):
            yield f"dhcp-vendorclass=set:{_tag(stanza.tag)},{_quoted(text)}"
        else:
            yield f"dhcp-match=set:{_tag(stanza.tag)},option:vendor-class,{vendor_class.hex(':')}"
    for oui in stanza.ouis:
        yield f"dhcp-mac=set:{_tag(stanza.tag)},{bytes.fromhex(oui).hex(':')}:*:*:*"


def _option(stanza: Stanza, option: Option) -> str:
    tags = [f"tag:{_tag(stanza.tag)}", *(f"tag:!{_tag(other)}" for other in stanza.but_not)]
    line = f"dhcp-option={','.join(tags)},{option.code},{_content(option)}"
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
