"""Every command explains itself within 80 columns."""

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from provd.cli import main
from tests.cli.conftest import Run, printed


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, (*path, name))


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
            assert isinstance(command, click.Group)
            command = command.commands[name]
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


def test_the_version_is_told(run: Run) -> None:
    assert printed(CliRunner().invoke(main, ["--version"])).startswith("provd, version ")
