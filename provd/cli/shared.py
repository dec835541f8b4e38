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
    """As wide as the terminal; without one, so wide that nothing a program reads is cut."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else WIDE)


class SentenceGroup(click.Group):
    """Errors that provd raises on purpose end as one sentence and exit code 1; anything else is a
    bug and shows itself."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ProvdError as error:
            raise click.ClickException(str(error)) from error
