"""The command that all others stand below. It imports none of them before it is asked for: most of
what `provd --version` would take is importing what it does not need."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from provd.errors import InputError, ProvdError

YOUNG_OBJECTS = 100_000
"""As many may be made before the garbage collector looks at them."""


@dataclass
class Shared:
    """What was given before the command or after it; `data` None: as configured."""

    data: Path | None = None
    overrides: dict[str, object] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a command is, `module:name`, and its short help."""

    where: str
    help: str

    def command(self) -> click.Command:
        module, _, name = self.where.partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found


class ListedGroup(click.Group):
    """Of commands that are imported when they are asked for.

    Errors that provd raises on purpose, and files that can't be read or written, end as one
    sentence and exit code 1; anything else is a bug and shows itself.
    """

    def __init__(self, *args: Any, listed: Mapping[str, Listed], **options: Any) -> None:
        super().__init__(*args, **options)
        self.listed = listed

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(self.listed)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        found = self.listed.get(name)
        return found.command() if found else None

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.listed[name].help) for name in sorted(self.listed)])

    def invoke(self, context: click.Context) -> Any:
        # What a command imports and reads lives until its end: to look through all of it for
        # cycles, again and again while it grows, takes a tenth of a short command's time.
        gc.set_threshold(YOUNG_OBJECTS, 20, 20)
        try:
            return super().invoke(context)
        except ProvdError as error:
            told = [error, *(error.further if isinstance(error, InputError) else ())]
            raise click.ClickException("\n".join(map(str, told))) from error
        except OSError as error:
            if error.filename is None:  # no file's: a closed pipe, which click knows how to end
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
