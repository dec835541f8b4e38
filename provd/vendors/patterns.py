"""Paths with placeholders, read and written: `{mac}.cfg`, `y{code:12}.cfg`, `cfg{model}.xml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.errors import MacError
from provd.vendors.values import Model

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\d+))?\}")
_NO_MAC = "0" * 12


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One pattern. `{mac}` is 12 hexadecimal digits, `{model}` a model's name, another name is a
    column of the models; `{code:12}` is filled with zeros on the left to 12 characters."""

    text: str
    _regex: re.Pattern[str]

    @classmethod
    def compile(cls, text: str) -> PathPattern:
        parts = []
        end = 0
        for found in _PLACEHOLDER.finditer(text):
            parts.append(re.escape(text[end : found.start()]))
            parts.append(_group(found[1], found[2]))
            end = found.end()
        return cls(text, re.compile("".join(parts) + re.escape(text[end:])))

    def match(self, path: str) -> Mapping[str, str] | None:
        """Placeholder -> text as the phone wrote it, or None."""
        found = self._regex.fullmatch(path)
        return found.groupdict() if found else None

    def columns(self) -> tuple[str, ...]:
        """The placeholders that name the model or a column of it."""
        return tuple(name for name in self._regex.groupindex if name != "mac")

    def path(self, mac: Mac, model: Model) -> str | None:
        """The path that this phone asks for; None when a fact of its model is not known."""
        values = {"mac": mac.digits, "model": model.name, **model.facts}

        def fill(found: re.Match[str]) -> str:
            return str(values.get(found[1], "")).rjust(int(found[2] or 0), "0")

        if any(values.get(name, "") == "" for name in self.columns()):
            return None
        return _PLACEHOLDER.sub(fill, self.text)


def mac_of(values: Mapping[str, str]) -> Mac | None:
    """Raises MacError for the zeros that some phones put where no MAC is meant."""
    if "mac" not in values:
        return None
    if values["mac"] == _NO_MAC:
        raise MacError("the path names no device", key=_NO_MAC)
    return Mac(values["mac"].lower())


def model_of(
    pattern: PathPattern, values: Mapping[str, str], models: Iterable[Model]
) -> Model | None:
    """The first model whose facts are those of the path."""
    columns = pattern.columns()
    if not columns:
        return None
    for model in models:
        facts = {"model": model.name, **model.facts}
        if all(_same(facts.get(name, ""), values[name]) for name in columns):
            return model
    return None


def _same(fact: str | int, text: str) -> bool:
    wanted = str(fact).lstrip("0").casefold()
    return fact != "" and text.lstrip("0").casefold() == wanted


def _group(name: str, width: str | None) -> str:
    if name == "mac":
        return "(?P<mac>[0-9a-fA-F]{12})"
    return f"(?P<{name}>[0-9A-Za-z_-]{{{width}}})" if width else f"(?P<{name}>[0-9A-Za-z_-]+)"
