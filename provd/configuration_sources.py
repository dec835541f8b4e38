"""Where configuration comes from: a YAML file, the environment, the command line.

Each becomes a flat table from dotted key to value and origin; unknown keys are refused here. This
module knows neither the keys (they are handed in) nor what a value may be.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from provd.errors import ConfigurationError

PREFIX = "PROVD_"

CONFIG = "PROVD_CONFIG"
GREET = "PROVD_GREET"
"""Set by `provd run`: the daemon says where it can be reached."""

DEMONSTRATE = "PROVD_DEMONSTRATE"
"""Set by `provd run`: the daemon fills a database in which there is no provider yet."""

TAKE_OVER = "PROVD_TAKE_OVER"
"""Set in the environment of a process that is to follow one that serves."""

NOT_KEYS = frozenset({CONFIG, GREET, DEMONSTRATE, TAKE_OVER})
"""Variables with our prefix that configure nothing."""

_REFERENCE = "provd.yaml in the repository shows every key"


@dataclass(frozen=True, slots=True)
class Given:
    """A value, where it was given, and the folder that a relative path there starts from."""

    value: Any
    where: str
    folder: Path


Source = dict[str, Given]


def from_file(path: Path, allowed: Sequence[str]) -> Source:
    """A YAML mapping of mappings; a section without keys counts as left out.

    Raises ConfigurationError with the file and, where there is one, the line.
    """
    shown = str(path)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        leaves = list(_leaves(root, "", shown)) if root else []
    except OSError as error:
        raise ConfigurationError(f"can't be read: {error.strerror}", where=shown) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError("not a text in UTF-8", where=shown) from error
    except yaml.YAMLError as error:
        raise _not_yaml(error, shown) from error
    return _source_of(leaves, allowed, shown, path.resolve().parent)


def _source_of(
    leaves: Iterable[tuple[str, Any, int]], allowed: Sequence[str], shown: str, folder: Path
) -> Source:
    source: Source = {}
    for key, value, line in leaves:
        where = f"{shown} line {line}"
        if any(one.startswith(f"{key}.") for one in allowed):
            _check_section(key, value, where)
            continue
        _check(key, allowed, where)
        if key in source:
            raise ConfigurationError("given twice", where=where, key=key, remedy="Remove one")
        source[key] = Given(value, where, folder)
    return source


def from_environment(environ: Mapping[str, str], allowed: Sequence[str]) -> Source:
    """Variables as PROVD_LISTEN__TFTP_PORT. Raises ConfigurationError naming the variable."""
    source: Source = {}
    for name, value in environ.items():
        if name.startswith(PREFIX) and name not in NOT_KEYS:
            key = name.removeprefix(PREFIX).lower().replace("__", ".")
            _check_variable(name, key, allowed)
            source[key] = Given(value, f"environment variable {name}", Path.cwd())
    return source


def from_command_line(overrides: Mapping[str, object], allowed: Sequence[str]) -> Source:
    """By dotted key; None stands for an option that was not given."""
    source: Source = {}
    for key, value in overrides.items():
        _check(key, allowed, "command line")
        if value is not None:
            source[key] = Given(value, "command line", Path.cwd())
    return source


def variable(key: str) -> str:
    """The environment variable that overrides a key."""
    return PREFIX + key.upper().replace(".", "__")


def _leaves(node: yaml.Node, before: str, shown: str) -> Iterator[tuple[str, Any, int]]:
    """(dotted key, value, line from 1) of everything that is not a mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationError("keys with values are needed here", where=shown, remedy=_REFERENCE)
    for name, value in node.value:
        key = f"{before}{name.value}"
        if isinstance(value, yaml.MappingNode):
            yield from _leaves(value, f"{key}.", shown)
        else:
            yield key, _plain(value), name.start_mark.line + 1


def _plain(node: yaml.Node) -> Any:
    """The node as Python's own types. A date or the like is no value of ours: it stays a text."""
    value = yaml.SafeLoader("").construct_document(node)
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)


def _not_yaml(error: yaml.YAMLError, shown: str) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "something else"
    return ConfigurationError(
        f"not YAML: {problem}", where=f"{shown} line {mark.line + 1}" if mark else shown
    )


def _check_section(key: str, value: Any, where: str) -> None:
    """A section whose keys are all commented out is empty, and fine."""
    if value is not None:
        raise ConfigurationError(
            "this is a section: it holds keys, not a value", where=where, key=key, remedy=_REFERENCE
        )


def _check(key: str, allowed: Sequence[str], where: str) -> None:
    if key not in allowed:
        near = difflib.get_close_matches(key, allowed, n=1)
        remedy = f"Did you mean {near[0]}?" if near else _REFERENCE
        raise ConfigurationError("no such key", where=where, key=key, remedy=remedy)


def _check_variable(name: str, key: str, allowed: Sequence[str]) -> None:
    if key not in allowed:
        near = difflib.get_close_matches(key, allowed, n=1)
        remedy = f"Did you mean {variable(near[0])}?" if near else _REFERENCE
        raise ConfigurationError("no such key", where=f"environment variable {name}", remedy=remedy)
