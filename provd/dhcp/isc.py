"""ISC dhcpd: lines to be included in dhcpd.conf (dhcpd.conf(5), dhcp-eval(5), 4.x)."""

from __future__ import annotations

from provd.dhcp.stanza import Option, Plan, Stanza, comments, printable

HEAD = (
    "ISC dhcpd: put this into a file of its own, and into dhcpd.conf, outside of any subnet:",
    'include "/etc/dhcp/provd.conf";',
)
NAMES = {
    43: "vendor-encapsulated-options",
    66: "tftp-server-name",
    67: "bootfile-name",
}
"""Options that dhcpd knows and takes as text or octets; it is told about the others."""


def written(plan: Plan) -> str:
    lines = comments("#", [plan.title, *HEAD, *plan.remarks])
    codes = {option.code for stanza in plan.stanzas for option in stanza.options}
    unknown = sorted(codes - NAMES.keys())
    lines += ["", *(f"option {_name(code)} code {code} = string;" for code in unknown)]
    for stanza in plan.stanzas:
        lines += ["", *comments("#", [stanza.title, *stanza.remarks])]
        tests = _tests(stanza)
        either = "\n    or ".join(f"({test})" for test in tests) if len(tests) > 1 else tests[0]
        lines += [f'class "provd-{stanza.tag}" {{', f"  match if {either};"]
        lines += [*(f"  {_option(option)}" for option in stanza.options), "}"]
    return "\n".join(lines) + "\n"


def _tests(stanza: Stanza) -> list[str]:
    tests = [
        " and not ".join(f"({_class_test(begin)})" for begin in (each.begin, *each.but_not))
        if each.but_not
        else _class_test(each.begin)
        for each in stanza.classes
    ]
    # The first octet of hardware is its type.
    ouis = (_octets(bytes.fromhex(oui)) for oui in stanza.ouis)
    return tests + [f"substring(hardware, 1, 3) = {oui}" for oui in ouis]


def _class_test(begin: bytes) -> str:
    value = _content(begin, printable(begin))
    return f"substring(option vendor-class-identifier, 0, {len(begin)}) = {value}"


def _option(option: Option) -> str:
    line = f"option {_name(option.code)} {_content(option.content, option.text)};"
    note = f"{option.note} ({option.shown})" if option.addresses and option.note else option.note
    note = note or (option.shown if option.addresses else "")
    return "  ".join([line, *comments("#", [note] if note else [])])


def _content(content: bytes, text: str) -> str:
    if not text:
        return _octets(content)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _octets(content: bytes) -> str:
    """Without leading zeros, as dhcpd writes them itself."""
    return ":".join(f"{octet:x}" for octet in content)


def _name(code: int) -> str:
    return NAMES.get(code, f"provd-{code}")
