"""MikroTik RouterOS: commands for its terminal, or for /import (RouterOS 7.16 and later, which
matches a part of the vendor class; "DHCP" in its documentation)."""

from __future__ import annotations

from collections.abc import Iterator

from provd.dhcp.stanza import Option, Plan, Stanza, comments, printable

HEAD = (
    "RouterOS 7.16 or later: paste this into its terminal. A matcher holds for all DHCP servers of",
    "the router; name one with server=NAME where it should not.",
)
UNMATCHED = (
    "RouterOS can't match MACs. Where all of a network are such phones, give them this set:",
    "/ip dhcp-server network set [find address=NETWORK] dhcp-option-set={name}",
)

BELOW = (
    "Longer classes that begin alike belong to other phones: their matchers must stand above these."
)


def written(plan: Plan) -> str:
    lines = comments("#", [plan.title, *HEAD, *plan.remarks])
    for stanza in plan.stanzas:
        lines += ["", *comments("#", [stanza.title, *stanza.remarks]), *_commands(stanza)]
    return "\n".join(lines) + "\n"


def _commands(stanza: Stanza) -> Iterator[str]:
    name = f"provd-{stanza.tag}"
    yield "/ip dhcp-server option"
    for option in stanza.options:
        yield f"add name={name}-{option.code} code={option.code} value={_content(option)}"
    names = ",".join(f"{name}-{option.code}" for option in stanza.options)
    yield "/ip dhcp-server option sets"
    yield f"add name={name} options={names}"
    if not stanza.classes:
        yield from comments("#", [line.format(name=name) for line in UNMATCHED])
        return
    if any(each.but_not for each in stanza.classes):
        yield from comments("#", [BELOW])
    yield "/ip dhcp-server matcher"
    yield from _matchers(name, stanza)


def _matchers(name: str, stanza: Stanza) -> Iterator[str]:
    for position, each in enumerate(stanza.classes, start=1):
        value = _quoted(printable(each.begin)) or f"0x{each.begin.hex()}"
        yield (
            f"add name={name}-{position} server=all code=60 matching-type=substring"
            f" value={value} option-set={name}"
        )


def _content(option: Option) -> str:
    """Text is marked as such: without the s a text that looks like an address would become one."""
    if option.addresses:
        return _quoted("".join(f"'{address}'" for address in option.addresses))
    if option.text and "'" not in option.text:
        return _quoted(f"s'{option.text}'")
    return f"0x{option.content.hex()}"


def _quoted(text: str) -> str:
    if not text:
        return ""
    escaped = "".join(f"\\{one}" if one in '"\\$?' else one for one in text)
    return f'"{escaped}"'
