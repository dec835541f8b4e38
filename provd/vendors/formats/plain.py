"""From a value to one line of text: what all formats begin with."""

from __future__ import annotations

from provd.devices.kinds import printable
from provd.devices.secret import Secret
from provd.errors import RenderError


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


def without(value: object, characters: str) -> str:
    """The value as text. Raises RenderError where it holds a character that the format gives a
    meaning of its own and can't escape."""
    found = plain(value)
    for character in characters:
        if character in found:
            raise RenderError(f"a value holds {character}, which this format can't express")
    return found


def trimmed(value: object) -> str:
    """For formats whose phones drop blanks around a value. Raises RenderError for such blanks."""
    found = plain(value)
    if found != found.strip():
        raise RenderError("a value begins or ends with a blank, which this format can't express")
    return found


def _line(text: str) -> str:
    try:
        return printable(text)
    except ValueError as error:
        raise RenderError(f"a value can't be written into a file: {error}") from None
