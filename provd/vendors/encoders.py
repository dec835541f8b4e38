"""From a value to its text in a file: one encoder per file format.

Rendering passes each `{{ value }}` of a template through its file's encoder, once and always, so a
value can fill its own place only. What a format can't represent is refused with RenderError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape

from provd.devices.kinds import printable
from provd.devices.secret import Secret
from provd.errors import RenderError

Encoder = Callable[[object], str]

_XML_ENTITIES = {'"': "&quot;", "'": "&apos;"}
_XML_SPECIAL = re.compile("[&<>\"']")


def plain(value: object) -> str:
    """The value as one line of text: true is 1, false is 0, a Secret is revealed.

    Raises RenderError for what has no text (None, lists) or holds control characters. The error
    never shows the value: it may be a password.
    """
    if isinstance(value, str):
        return _line(value)
    if isinstance(value, Secret):
        return _line(value.reveal())
    if isinstance(value, int):
        return str(int(value))
    kind = "nothing" if value is None else f"a {type(value).__name__}"
    raise RenderError(f"{kind} can't be written into a file")


def _line(text: str) -> str:
    try:
        return printable(text)
    except ValueError as error:
        raise RenderError(f"a value can't be written into a file: {error}") from None


def key_value(value: object) -> str:
    """For `key = value` lines, where phones drop blanks around the value and know no quotes."""
    found = plain(value)
    if found != found.strip():
        raise RenderError("a value begins or ends with a blank, which this format can't express")
    return found


def xml(value: object) -> str:
    """For the text of an XML element and for an attribute in either kind of quotes (XML 1.0, 2.4).

    Line ends, which XML would normalise, are refused already by `plain`.
    """
    found = plain(value)
    # Most values need nothing, and looking is a tenth of escaping.
    return escape(found, _XML_ENTITIES) if _XML_SPECIAL.search(found) else found


ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {"key_value": key_value, "xml_attributes": xml, "xml_elements": xml}
)
"""Format, as a manifest names it -> encoder."""
