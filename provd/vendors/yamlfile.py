"""YAML that remembers on which line each value stands, so that an error can say where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from provd.errors import PluginError

Location = tuple[str | int, ...]

# libyaml reads a manifest ten times as fast; PyYAML is built without it on some systems.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """The content of one file. `lines` maps the way to a value (keys and positions) to its line,
    counted from 1."""

    name: str
    data: object
    lines: dict[Location, int]

    def where(self, location: Sequence[str | int] = ()) -> str:
        """ "plugins/acme/plugin.yaml line 12", for the nearest value around the location."""
        way = tuple(location)
        while way and way not in self.lines:
            way = way[:-1]
        return f"{self.name} line {self.lines[way]}" if way in self.lines else self.name


def read_yaml(path: Path, name: str) -> Document:
    """`name` is what errors call the file. Raises PluginError, naming file and line, for what is no
    YAML, and for a key given twice."""
    return _read(path.read_bytes(), name, _Bounds())


def read_foreign_yaml(octets: bytes, name: str, *, most: int, deepest: int = 12) -> Document:
    """The same of a stranger's file, which may hold `most` values, whatever its aliases repeat, and
    be so deep: libyaml would lose its stack in a deeper one. Raises PluginError."""
    bounds = _Bounds(most, deepest)
    try:
        depth = 0
        for event in yaml.parse(octets, Loader=_Loader):
            depth += _DEPTHS.get(type(event), 0)
            if depth > deepest:
                line = f" line {event.start_mark.line + 1}" if event.start_mark else ""
                raise PluginError(_TOO_DEEP, where=f"{name}{line}")
    except yaml.YAMLError:
        pass  # told below, with its line
    return _read(octets, name, bounds)


_WHOLE = "tag:yaml.org,2002:int"
_MOST_DIGITS = 40
_TOO_DEEP = "it is nested too deeply"
_DEPTHS: dict[type[yaml.Event], int] = {
    yaml.SequenceStartEvent: 1,
    yaml.MappingStartEvent: 1,
    yaml.SequenceEndEvent: -1,
    yaml.MappingEndEvent: -1,
}


@dataclass(slots=True)
class _Bounds:
    """How many values may come yet, and how deep they may lie."""

    left: int = 10_000_000
    deepest: int = 100


def _read(octets: bytes, name: str, bounds: _Bounds) -> Document:
    loader = _Loader(octets)
    try:
        node = loader.get_single_node()
        lines: dict[Location, int] = {}
        if node is not None:
            _number(node, (), lines, name, bounds)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise PluginError(f"not YAML: {error.problem}", where=f"{name}{line}") from None
    # A tag such as !!bool on what is none ends in whatever PyYAML came upon.
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, KeyError, AttributeError) as error:
        raise PluginError(f"not YAML: {type(error).__name__}", where=name) from None
    finally:
        loader.dispose()
    return Document(name, data, lines)


def _number(
    node: yaml.Node, way: Location, lines: dict[Location, int], name: str, bounds: _Bounds
) -> None:
    where = f"{name} line {node.start_mark.line + 1}"
    bounds.left -= 1
    if bounds.left < 0:
        raise PluginError("it holds too many values", where=where)
    if len(way) > bounds.deepest:
        raise PluginError(_TOO_DEEP, where=where)
    lines[way] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode) and node.tag == _WHOLE and len(node.value) > _MOST_DIGITS:
        raise PluginError(f"{node.value[:20]}… is too large a number", where=where)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _number(item, (*way, position), lines, name, bounds)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*way, str(key.value))
            if inner in lines:
                where = f"{name} line {key.start_mark.line + 1}"
                raise PluginError("the key is given twice", where=where, key=str(key.value))
            _number(value, inner, lines, name, bounds)
