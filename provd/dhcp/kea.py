"""Kea: an object for the configuration of kea-dhcp4 (Kea Administrator Reference Manual, 2.0 and
later). Everything is JSON: what people are told stands in `comment`, which Kea ignores."""

from __future__ import annotations

import json

from provd.dhcp.stanza import Option, Plan, Stanza, VendorClass, comments, printable

HEAD = "Kea: merge the client-classes into those of Dhcp4 in kea-dhcp4.conf, then reload"

VENDOR_OPTION = 43
DEFINITION = {"name": "vendor-encapsulated-options", "code": VENDOR_OPTION, "type": "binary"}


def written(plan: Plan) -> str:
    head = ". ".join(map(_plain, (plan.title, HEAD)))
    remarks = [_plain(remark) for remark in plan.remarks]
    classes = [_class(stanza) for stanza in plan.stanzas]
    whole = {"Dhcp4": {"comment": " ".join([head, *remarks]), "client-classes": classes}}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _class(stanza: Stanza) -> dict[str, object]:
    # Without a definition of the class's own, Kea would take this apart into sub-options.
    has_vendor_option = any(option.code == VENDOR_OPTION for option in stanza.options)
    definitions = {"option-def": [DEFINITION]} if has_vendor_option else {}
    return {
        "name": _name(stanza.tag),
        "comment": " ".join(_plain(line) for line in (stanza.title, *stanza.remarks)),
        "test": _test(stanza),
        **definitions,
        "option-data": [_option(option) for option in stanza.options],
    }


def _test(stanza: Stanza) -> str:
    tests = [_class_test(each) for each in stanza.classes]
    tests += [f"substring(pkt4.mac,0,3) == 0x{oui}" for oui in stanza.ouis]
    return " or ".join(f"({test})" for test in tests) if len(tests) > 1 else tests[0]


def _class_test(each: VendorClass) -> str:
    tests = [
        f"substring(option[60].hex,0,{len(begin)}) == {_constant(begin)}"
        for begin in (each.begin, *each.but_not)
    ]
    return " and not ".join(f"({test})" for test in tests) if each.but_not else tests[0]


def _option(option: Option) -> dict[str, object]:
    """By its code and as octets, so that it does not matter whether Kea, or whoever wrote its
    configuration, has defined the option, and as what."""
    text = option.text if option.text and "'" not in option.text else ""
    told = f"{option.note} ({option.shown})" if option.note else option.shown
    data = {"code": option.code, "csv-format": False}
    if text:
        note = {"comment": _plain(option.note)} if option.note else {}
        return {**note, **data, "data": f"'{text}'"}
    return {"comment": _plain(told), **data, "data": option.content.hex()}


def _constant(content: bytes) -> str:
    text = printable(content)
    return f"'{text}'" if text and "'" not in text else f"0x{content.hex()}"


def _name(tag: str) -> str:
    return f"provd-{tag}"


def _plain(text: str) -> str:
    return comments("", [text])[0].removeprefix(" ")
