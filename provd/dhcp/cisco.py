"""Cisco IOS and IOS XE: lines for a DHCP pool ("option" in the IP Addressing command reference).

A pool tells all its clients the same. Where families want different things by the same option, the
first counts, and the others stand in comments.
"""

from __future__ import annotations

from collections.abc import Iterator

from provd.dhcp.stanza import Option, Plan, comments

HEAD = (
    "Cisco IOS: a pool does not ask for the vendor class; all its clients are told the same. Put",
    "NAME for the phones' pool. Give families that differ a VLAN and a pool of their own.",
)


def written(plan: Plan) -> str:
    lines = comments("!", [plan.title, *HEAD, *plan.remarks])
    lines += ["ip dhcp pool NAME"] if plan.stanzas else []
    told: dict[int, tuple[str, bytes]] = {}
    for stanza in plan.stanzas:
        lines += comments(" !", [stanza.title, *stanza.remarks])
        lines += _lines(stanza.title, stanza.options, told)
    return "\n".join(lines) + "\n"


def _lines(
    title: str, options: tuple[Option, ...], told: dict[int, tuple[str, bytes]]
) -> Iterator[str]:
    for option in options:
        line = f"option {option.code} {_content(option)}"
        first, content = told.setdefault(option.code, (title, option.content))
        if first == title:
            yield from comments(" !", [option.note] if option.note else [])
            yield f" {line}"
        elif content == option.content:
            yield from comments(" !", [f"option {option.code} as for {first}"])
        else:
            yield from comments(" !", [f"not as for {first}: {line}"])


def _content(option: Option) -> str:
    if option.addresses:
        return f"ip {' '.join(map(str, option.addresses))}"
    # A question mark asks the terminal for help, and a quotation mark can't be escaped.
    if option.text and not set('"?') & set(option.text):
        return f'ascii "{option.text}"'
    digits = option.content.hex()
    return f"hex {'.'.join(digits[at : at + 4] for at in range(0, len(digits), 4))}"
