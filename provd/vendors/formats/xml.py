"""XML: the encoder, and readers for the ways in which vendors write parameters into it.

Readers take our own files: XML with a document type, which could make a parser grow or fetch
something, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from provd.errors import SimulationError
from provd.vendors.formats.plain import plain, without

Pairs = list[tuple[str, str]]

_ENTITIES = {'"': "&quot;", "'": "&apos;"}
_SPECIAL = re.compile("[&<>\"']")
_NAMES = ("idx", "index", "name", "Name", "id", "ID", "At", "button", "uuid", "priority")
"""Attributes that tell elements of one tag apart, the first that is there."""

_NAMED_BY = "ID"


def encode(value: object) -> str:
    """For the text of an XML element and for an attribute in either kind of quotes (XML 1.0, 2.4).

    Line ends, which XML would normalise, are refused already by `plain`.
    """
    found = plain(value)
    # Most values need nothing, and looking is a tenth of escaping.
    return escape(found, _ENTITIES) if _SPECIAL.search(found) else found


def attributes(text: str) -> Pairs:
    """Every attribute of every element, in document order."""
    return [pair for element in root(text).iter() for pair in element.items()]


def elements(text: str) -> Pairs:
    """Every element without children: its name, or its attribute `name`, and its text."""
    return [
        (element.get("name", element.tag), element.text or "")
        for element in root(text).iter()
        if len(element) == 0
    ]


def paths(text: str) -> Pairs:
    """Everything, by where it stands below the root: `sip/line[2]/PhoneNumber` is the text of an
    element in the `line` whose index (or name, id, ..., or child `ID`) is 2, `sip/line[2]@mode` its
    attribute."""
    return list(_below(root(text), ""))


def items(text: str) -> Pairs:
    """Elements with the attributes `ID` and `value`; a text stands in quotes of its own there."""
    return [
        (name, value[1:-1] if value[:1] == value[-1:] == '"' and len(value) > 1 else value)
        for element in root(text).iter()
        if (name := element.get("ID")) and (value := element.get("value")) is not None
    ]


def item(value: object) -> str:
    """For the text within these quotes, which can't be escaped there."""
    return encode(without(value, '"'))


def objects(text: str) -> Pairs:
    """Parameters of objects, as TR-069 names them: `<Object><Name>Line.1.</Name>` holds structures
    of a `Name` and a `Value`, or in short `O`, `P`, `N` and `V`: the pair of `Line.1.Enable`."""
    pairs: list[tuple[str, str]] = []
    for tag, struct, name, value in (
        ("Object", "ParameterValueStruct", "Name", "Value"),
        ("O", "P", "N", "V"),
    ):
        for thing in root(text).iter(tag):
            own = thing.findtext(name, "")
            pairs.extend(
                (own + each.findtext(name, ""), each.findtext(value, ""))
                for each in thing.iter(struct)
            )
    return pairs


def root(content: str | bytes) -> ElementTree.Element:
    """The root element. Raises SimulationError for what is not well-formed."""
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SimulationError("the file declares a document type, which phones refuse")
    # The text is decoded already, so that what it says of its encoding must not count.
    bare = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    try:
        return ElementTree.fromstring(bare)  # noqa: S314  # no DTD, and it is our own file
    except ElementTree.ParseError as error:
        raise SimulationError(f"the file is not well-formed XML: {error}") from None


def _below(element: ElementTree.Element, place: str) -> Iterator[tuple[str, str]]:
    if len(element) == 0 and place:
        yield place, element.text or ""
    for child in element:
        name = next((each for each in _NAMES if each in child.keys()), None)  # noqa: SIM118
        told = child.get(name) if name else child.findtext(_NAMED_BY)
        tag = child.tag.rpartition("}")[2]
        where = f"{place}/{tag}" if place else tag
        where += f"[{told}]" if told else ""
        yield from ((f"{where}@{key}", text) for key, text in child.items() if key != name)
        yield from _below(child, where)
