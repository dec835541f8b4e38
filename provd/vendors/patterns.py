"""Paths with placeholders, read and written: `{mac}.cfg`, `y{code:12}.cfg`, `cfg{model}.xml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.errors import MacError
from provd.vendors.values import Model

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_NO_MAC = "0" * 12
_SEPARATORS = {None: "", "colons": ":", "dashes": "-", "underscores": "_"}
_ANY = "any"


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One pattern. `{mac}` is 12 hexadecimal digits, written in capitals by phones for which
    `{MAC}` stands, `{mac:colons}`, `{mac:dashes}` and `{mac:underscores}` have separators; read are
    capitals and small letters alike. `{model}` is a model's name, another name a column of the
    models; `{code:12}` is filled with zeros on the left to 12 characters; `{major:any}` is written
    as the column says and may be anything that has no slash."""

    text: str
    _regex: re.Pattern[str]

    @classmethod
    def compile(cls, text: str) -> PathPattern:
        parts: list[str] = []
        seen: set[str] = set()
        end = 0
        for found in _PLACEHOLDER.finditer(text):
            parts.append(re.escape(text[end : found.start()]))
            parts.append(_group(found[1], found[2], seen))
            end = found.end()
        return cls(text, re.compile("".join(parts) + re.escape(text[end:])))

    def match(self, path: str) -> Mapping[str, str] | None:
        """Placeholder -> text as the phone wrote it, or None."""
        found = self._regex.fullmatch(path)
        return found.groupdict() if found else None

    def columns(self) -> tuple[str, ...]:
        """The placeholders that tell the model: its name or a column of it."""
        found = _PLACEHOLDER.findall(self.text)
        return tuple(name for name, form in found if name.lower() != "mac" and form != _ANY)

    def path(self, mac: Mac, model: Model) -> str | None:
        """The path that this phone asks for; None when a fact of its model is not known."""
        values = {"model": model.name, **model.facts}

        def fill(found: re.Match[str]) -> str:
            name, form = found[1], found[2]
            if name.lower() == "mac":
                text = mac.digits.upper() if name == "MAC" else mac.digits
                return separated(text, _SEPARATORS[form])
            return str(values[name]).rjust(int(form) if form and form != _ANY else 0, "0")

        wanted = [name for name, _ in _PLACEHOLDER.findall(self.text) if name.lower() != "mac"]
        if any(values.get(name, "") == "" for name in wanted):
            return None
        return _PLACEHOLDER.sub(fill, self.text)


def separated(digits: str, separator: str) -> str:
    """0015651a2b3c -> 00:15:65:1a:2b:3c."""
    return separator.join(digits[at : at + 2] for at in range(0, len(digits), 2))


def mac_of(values: Mapping[str, str]) -> Mac | None:
    """Raises MacError for the zeros that some phones put where no MAC is meant."""
    if "mac" not in values:
        return None
    digits = re.sub("[:_-]", "", values["mac"])
    if digits == _NO_MAC:
        raise MacError("the path names no device", key=_NO_MAC)
    return Mac(digits.lower())


class ModelIndex:
    """The models by what a pattern's columns say of them. Made once: a vendor may have a hundred,
    and a path is read for every request. Of several that it may mean, the first."""

    def __init__(self, pattern: PathPattern, models: Iterable[Model]) -> None:
        self.columns = pattern.columns()
        self._models: dict[tuple[str, ...], Model] = {}
        for model in models:
            facts = {"model": model.name, **model.facts}
            told = [facts.get(name, "") for name in self.columns]
            if told and "" not in told:
                self._models.setdefault(tuple(map(_plain, told)), model)

    def model(self, values: Mapping[str, str]) -> Model | None:
        """The one whose facts are those of the path; None where the path tells none."""
        return self._models.get(tuple(_plain(values[name]) for name in self.columns))


def _plain(fact: str | int) -> str:
    return str(fact).lstrip("0").casefold()


def _group(name: str, form: str | None, seen: set[str]) -> str:
    """A placeholder's second place must hold what stood in the first, in capitals or not."""
    own = name.lower() if name.lower() == "mac" else name
    if own in seen:
        return f"(?i:(?P={own}))"
    seen.add(own)
    if own == "mac":
        if form is None:
            return "(?P<mac>[0-9a-fA-F]{12})"
        pair = "[0-9a-fA-F]{2}"
        return f"(?P<mac>{pair}(?:{_SEPARATORS[form]}{pair}){{5}})"
    if form == _ANY:
        return f"(?P<{name}>[^/]+)"
    return f"(?P<{name}>[0-9A-Za-z_-]{{{form}}})" if form else f"(?P<{name}>[0-9A-Za-z_. -]+)"
