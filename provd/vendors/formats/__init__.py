"""The formats of vendors' files: from a value to its text in a file, and back as a phone reads it.

Rendering passes each `{{ value }}` of a template through its file's encoder, once and always, so a
value can fill its own place only. What a format can't represent is refused with RenderError. The
readers are the phones' side: the simulator uses them, and the tests, which build files from hostile
values and read them back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from provd.vendors.formats import commands, lines, properties, xml
from provd.vendors.formats.plain import trimmed

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Format:
    """`encode` makes a value's text, or raises RenderError. `read` gives the (key, value) pairs of
    a file's text, in order, or raises SimulationError."""

    encode: Callable[[object], str]
    read: Callable[[str], Pairs]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "key_value": Format(trimmed, lines.read_key_value),
        "colon_value": Format(lines.colon_value, lines.read_colon_value),
        "colon_quoted": Format(lines.quoted_value, lines.read_colon_quoted),
        "quoted_value": Format(lines.quoted_value, lines.read_quoted_value),
        "percent_value": Format(lines.quoted_value, lines.read_percent_value),
        "commands": Format(commands.encode, commands.read),
        "short_value": Format(lines.short_value, lines.read_short_value),
        "set_value": Format(lines.set_value, lines.read_set_value),
        "ini": Format(trimmed, lines.read_ini),
        "properties": Format(properties.encode, properties.read),
        "xml": Format(xml.encode, xml.paths),
        "xml_attributes": Format(xml.encode, xml.attributes),
        "xml_items": Format(xml.item, xml.items),
        "xml_objects": Format(xml.encode, xml.objects),
        "xml_elements": Format(xml.encode, xml.elements),
    }
)
"""By the name that a manifest gives it."""
