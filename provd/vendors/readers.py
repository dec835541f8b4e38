"""From a file to what the phone reads in it: one reader per file format, beside the encoders.

The simulator uses them, and the tests, which build files from hostile values and read them back.
Readers take our own files: XML with a document type, which could make a parser grow or fetch
something, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from xml.etree import ElementTree

from provd.errors import SimulationError

Pairs = list[tuple[str, str]]
Reader = Callable[[bytes], Pairs]


def key_value(content: bytes) -> Pairs:
    """`key = value` lines; `#` begins a comment line, blanks around key and value are dropped."""
    pairs = []
    for line in content.decode("utf-8").split("\n"):
        key, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith("#"):
            pairs.append((key.strip(), value.strip()))
    return pairs


def xml_attributes(content: bytes) -> Pairs:
    """Every attribute of every element, in document order."""
    return [pair for element in xml(content).iter() for pair in element.items()]


def xml_elements(content: bytes) -> Pairs:
    """Every element without children: its name, or its attribute `name`, and its text."""
    return [
        (element.get("name", element.tag), element.text or "")
        for element in xml(content).iter()
        if len(element) == 0
    ]


def xml(content: bytes) -> ElementTree.Element:
    """The root element. Raises SimulationError for what is not well-formed."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise SimulationError("the file declares a document type, which phones refuse")
    try:
        return ElementTree.fromstring(content)  # noqa: S314  # no DTD, and it is our own file
    except ElementTree.ParseError as error:
        raise SimulationError(f"the file is not well-formed XML: {error}") from None


READERS: Mapping[str, Reader] = MappingProxyType(
    {"key_value": key_value, "xml_attributes": xml_attributes, "xml_elements": xml_elements}
)
"""Format, as a manifest names it -> reader."""
