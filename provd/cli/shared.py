"""What all commands share: the data folder, the parts of provd over it, tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from provd.app import Provd, build
from provd.cli.configured import configured
from provd.cli.group import Command, Shared, data_option
from provd.devices.account import Role
from provd.errors import InputError
from provd.logs import configure_structlog
from provd.operations import Actor

__all__ = [
    "OPERATOR",
    "WIDE",
    "Command",
    "Shared",
    "console",
    "counted",
    "data_option",
    "on_one_line",
    "opened",
    "operator",
    "table",
    "visible",
]

OPERATOR = "operator"
WIDE = 200


@contextmanager
def opened(shared: Shared, *, log_level: str = "warning") -> Iterator[Provd]:
    """The parts without sockets, closed at the end. A daemon may run on the same data."""
    configuration = configured(shared)
    configure_structlog(log_level, configuration.log.format, sys.stderr)
    parts = build(configuration)
    try:
        yield parts
        parts.operations.telling.wait()
    finally:
        parts.close()


def operator(parts: Provd, role: Role = Role.ADMIN) -> Actor:
    """Whoever may read the data folder may do everything."""
    provider = parts.operations.setup.provider()
    if provider is None:
        raise InputError(
            "this installation has no provider yet", remedy="Set one up: provd setup NAME"
        )
    return Actor(OPERATOR, role, provider.id)


def console(*, stderr: bool = False) -> Console:
    """As wide as the terminal; without one, so wide that nothing a program reads is cut.

    Text is printed as it is: a label may hold [brackets], and the :ab: of a MAC is no emoji.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


def table(*columns: str, wraps: str = "") -> Table:
    """Columns with two blanks between; only the one called `wraps` may take several lines. Without
    any name there is no heading, and columns come with the rows."""
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=bool(columns))
    for column in columns:
        made.add_column(column, no_wrap=column != wraps, overflow="fold")
    return made


def visible(text: str) -> str:
    """Text from a stranger, such as the path a phone asked for, made fit for a terminal: control
    characters would move its cursor or retitle its window."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def on_one_line(value: str) -> str:
    """A setting's value, fit for a terminal; between a certificate's lines are blanks."""
    return visible(value.strip().replace("\n", " "))


def counted(number: int, singular: str, plural: str = "") -> str:
    """1 phone, 2 phones."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
