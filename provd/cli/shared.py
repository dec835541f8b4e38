"""What all commands share: the data folder, errors as sentences, tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from provd.app import Provd, build, configuration_from
from provd.configuration import Configuration
from provd.devices.account import Role
from provd.errors import InputError, ProvdError
from provd.logs import configure_structlog
from provd.operations import Actor

OPERATOR = "operator"
WIDE = 200


@dataclass
class Shared:
    """What was given before the command or after it; `data` None: as configured."""

    data: Path | None = None
    overrides: dict[str, object] = field(default_factory=dict)

    def configuration(self) -> Configuration:
        """Raises ConfigurationError."""
        given = {"data": str(self.data) if self.data else None, **self.overrides}
        return configuration_from(os.environ, given)


def _remember(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Shared).data = value


Command = TypeVar("Command", bound=Callable[..., Any])


def data_option(command: Command) -> Command:
    """`--data DIR`, before the command or after it."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        callback=_remember,
        expose_value=False,
        help="Folder of the database, keys and certificates.",
    )(command)


@contextmanager
def opened(shared: Shared, *, log_level: str = "warning") -> Iterator[Provd]:
    """The parts without sockets, closed at the end. A daemon may run on the same data."""
    configuration = shared.configuration()
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


class SentenceGroup(click.Group):
    """Errors that provd raises on purpose, and files that can't be read or written, end as one
    sentence and exit code 1; anything else is a bug and shows itself."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ProvdError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None:  # no file's: a closed pipe, which click knows how to end
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
