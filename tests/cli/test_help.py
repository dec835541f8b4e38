"""Every command explains itself within 80 columns."""

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from provd.cli import main
from provd.cli.group import ListedGroup
from tests.cli.conftest import Run, printed


def below(command: click.Command) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    found = {name: command.get_command(context, name) for name in command.list_commands(context)}
    assert None not in found.values()
    return {name: one for name, one in found.items() if one}


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    for name, one in below(command).items():
        yield from commands(one, (*path, name))


ALL = list(commands(main, ()))


def help_of(path: tuple[str, ...]) -> str:
    return printed(CliRunner().invoke(main, [*path, "--help"], env={"COLUMNS": "80"}))


def test_it_sees_the_commands() -> None:
    assert {("run",), ("boot",), ("device", "add"), ("bill", "export"), ("plan", "add")} <= set(ALL)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_fits_80_columns_and_is_not_cut(path: tuple[str, ...]) -> None:
    text = help_of(path)
    assert max(map(len, text.splitlines())) <= 80
    assert "..." not in re.sub(r"\[[A-Z]+\]\.\.\.", "", text)
    assert "%Y" not in text


def options() -> Iterator[tuple[tuple[str, ...], click.Option]]:
    for path in ALL:
        command: click.Command = main
        for name in path:
            command = below(command)[name]
        for option in command.params:
            if isinstance(option, click.Option):
                yield path, option


@pytest.mark.parametrize(
    "option", [pytest.param(one, id=f"{' '.join(path)} {one.opts[0]}") for path, one in options()]
)
def test_every_option_is_explained(option: click.Option) -> None:
    assert option.help or {"--role"} & set(option.opts)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_short_help_works_too(path: tuple[str, ...]) -> None:
    if len(path) < 2:
        assert printed(CliRunner().invoke(main, [*path, "-h"], env={"COLUMNS": "80"}))


def test_what_is_said_of_a_command_is_what_it_says_itself() -> None:
    assert isinstance(main, ListedGroup)
    own = {name: one.get_short_help_str(100) for name, one in below(main).items()}
    assert {name: one.help for name, one in main.listed.items()} == own


def test_help_and_version_import_no_part_of_provd() -> None:
    """It would be most of their time."""
    program = (
        "import sys; from provd.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print([name for name in sys.modules if name in ('provd.app', 'twisted', 'peewee')])"
    )
    for option in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", program, option], capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("[]\n")


def test_the_version_is_told(run: Run) -> None:
    assert printed(CliRunner().invoke(main, ["--version"])).startswith("provd, version ")
