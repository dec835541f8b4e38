"""profiles/*.yaml: layers that many phones share, checked when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provd.devices.layers import Layer, flatten
from provd.devices.settings import setting
from provd.errors import NotFoundError, PluginError
from provd.vendors.yamlfile import Document, read_yaml

DEFAULT = "default"
_TOP = {"title", "settings"}


class Profiles:
    """The folder's files by name, without .yaml."""

    def __init__(self, layers: Mapping[str, Layer], titles: Mapping[str, str]) -> None:
        self._layers = layers
        self.titles = titles

    @classmethod
    def load(cls, folder: Path) -> Profiles:
        """Raises PluginError or SettingError, each naming file, line and key."""
        layers: dict[str, Layer] = {}
        titles: dict[str, str] = {}
        for path in sorted(folder.glob("*.yaml")):
            layers[path.stem], titles[path.stem] = _read(path)
        if DEFAULT not in layers:
            raise PluginError(f"there is no {DEFAULT}.yaml", where=str(folder))
        return cls(layers, titles)

    def with_file(self, name: str, path: Path) -> Profiles:
        """The same, but for one whose file is that. Raises as `load` does."""
        layer, title = _read(path)
        named = Layer(f"profiles/{name}.yaml", layer.values)
        return Profiles({**self._layers, name: named}, {**self.titles, name: title})

    @property
    def default(self) -> Layer:
        """What every phone starts from."""
        return self._layers[DEFAULT]

    @property
    def names(self) -> tuple[str, ...]:
        """The profiles to choose from, the default not among them."""
        return tuple(name for name in self._layers if name != DEFAULT)

    def profile(self, name: str) -> Layer:
        """Raises NotFoundError."""
        try:
            return self._layers[name]
        except KeyError:
            raise NotFoundError(
                f"there is no profile “{name}”",
                key="profile",
                remedy=f"There are: {', '.join(self.names)}",
            ) from None


def _read(path: Path) -> tuple[Layer, str]:
    document = read_yaml(path, "/".join(path.parts[-2:]))
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("settings"), dict):
        raise PluginError("a profile has a title and settings", where=document.name)
    for key in data.keys() - _TOP:
        where = document.where((key,))
        raise PluginError("there is no such key", where=where, key=str(key), remedy="Indent it?")
    values = flatten(data["settings"])
    for key, value in values.items():
        setting(key, where=_where(document, key)).check(value, where=_where(document, key))
    return Layer(document.name, values), str(data.get("title", path.stem))


def _where(document: Document, key: str) -> str:
    return document.where(("settings", *key.split(".")))
