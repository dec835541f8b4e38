"""Layers of settings, merged key by key: the later layer wins.

Pure values: whoever reads a profile or a database row makes a `Layer` of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX, setting


@dataclass(frozen=True)
class Layer:
    """Dotted key -> value, from one place. `name` says which, as a person would.

    A value of None takes away what an earlier layer set.
    """

    name: str
    values: Mapping[str, object]

    @cached_property
    def checked(self) -> Mapping[str, object]:
        """The values as they are kept: once for each layer, because the vendors' and the profiles'
        are below every phone. Raises SettingError, naming layer and key."""
        return {
            key: setting(key, where=self.name).check(value, where=self.name)
            for key, value in self.values.items()
        }


@dataclass(frozen=True)
class Settings:
    """Merged and checked settings, each with the layer it came from."""

    _values: Mapping[str, object]
    _layers: Sequence[Layer] = field(repr=False)  # they hold passwords as they were written

    def get(self, key: str) -> object:
        """The value, None when no layer sets it. Raises SettingError for a key that isn't one."""
        return self._values.get(setting(key).key)

    def source(self, key: str) -> str:
        """The name of the layer that set it; empty when none did."""
        if self.get(key) is None:
            return ""
        return next(layer.name for layer in reversed(self._layers) if key in layer.values)

    def rank(self, key: str) -> int:
        """How near to the phone the layer is that set it, from 0; -1 when none did."""
        if self.get(key) is None:
            return -1
        return max(at for at, layer in enumerate(self._layers) if key in layer.values)

    @property
    def layers(self) -> Sequence[Layer]:
        """The weakest first. They hold passwords as they were written."""
        return self._layers

    def replaced(self, values: Mapping[str, object]) -> Settings:
        """With other values, as they are kept (None takes one away), whatever their layers say: to
        try what a value changes."""
        merged = {**self._values, **values}
        given = {key: value for key, value in merged.items() if value is not None}
        return Settings(given, self._layers)

    def items(self) -> Iterator[tuple[str, object]]:
        """What is set, in the order of the keys."""
        return iter(sorted(self._values.items()))

    def raw(self, vendor: str) -> dict[str, object]:
        """The vendor's own parameters that were let through: parameter -> value."""
        prefix = f"{RAW_PREFIX}{vendor}."
        return {
            key.removeprefix(prefix): value for key, value in self.items() if key.startswith(prefix)
        }

    @cached_property
    def revision(self) -> str:
        """32 hexadecimal digits that are equal exactly when all values are."""
        text = json.dumps(list(self.items()), default=_clear, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def merge(layers: Sequence[Layer]) -> Settings:
    """Each key's value from the last layer that has it.

    Raises SettingError, naming layer and key, for what is no setting or not of its type.
    """
    values: dict[str, object] = {}
    for layer in layers:
        values |= layer.checked
    given = {key: value for key, value in values.items() if value is not None}
    return Settings(given, tuple(layers))


def flatten(nested: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """{"time": {"zone": "UTC"}} -> {"time.zone": "UTC"}. Lists are values."""
    flat: dict[str, object] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _clear(value: object) -> object:
    """A changed password is a changed setting, so the digest has to see it."""
    if isinstance(value, Secret):
        return {"secret": value.reveal()}
    raise TypeError(f"{type(value).__name__} is no value of a setting")
