"""Names and brands as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from provd.devices.account import Brand
from provd.devices.kinds import host
from provd.devices.text import one_line
from provd.errors import InputError, NotFoundError

Found = TypeVar("Found")


def named(text: str) -> str:
    """A name in one line. Raises InputError when there is none."""
    name = one_line(text, "name")
    if not name:
        raise InputError("a name is needed", key="name")
    return name


def only(found: Sequence[Found], kind: str, where: str, names: Sequence[str]) -> Found:
    """The one that was found by `where`. Raises NotFoundError when there is none, InputError, which
    tells the `names`, when it is that of several."""
    if not found:
        raise NotFoundError(f"there is no {kind} “{where[:60]}”", key="where")
    if len(found) > 1:
        raise InputError(
            f"there are several {kind}s “{where[:60]}”",
            key="where",
            remedy=f"There are: {', '.join(names)}",
        )
    return found[0]


def checked_brand(brand: Brand) -> Brand:
    """Raises InputError for a colour or a host name that is none: browsers would get them."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", brand.colour):
        raise InputError(
            f"“{brand.colour[:40]}” is not a colour", key="colour", remedy="Write it as #1f4e79"
        )
    try:
        name = host().check(brand.host) if brand.host else ""
    except ValueError as error:
        raise InputError(str(error), key="host", remedy=host().wanted) from None
    return Brand(one_line(brand.title, "brand"), brand.colour, str(name))
