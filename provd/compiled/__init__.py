"""What phones wait for, as machine code: modules that mypyc has compiled from their own source.

    provd-compiled-cpython-311/     in this Python's environment (`folder`)
      manifest.json                 the modules, and the sources that they were made of
      provd__mypyc...so             all of them
      provd/servers/tftp/...so      a name for each, by which Python finds it

`make` makes them (scripts/compile); `use` has Python find them instead of their sources, as long as
no source that they were made of has changed since. Otherwise all of provd runs from source, which
does the same and takes longer. docs/decisions/0043 says why, and what it gives.
This package imports nothing of provd: whatever is imported before `use` is not compiled.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = (
    "provd.servers.http.beginners",
    "provd.servers.http.channels",
    "provd.servers.http.connection",
    "provd.servers.http.connections",
    "provd.servers.http.exchange",
    "provd.servers.http.heads",
    "provd.servers.http.limits",
    "provd.servers.http.parser",
    "provd.servers.http.service",
    "provd.servers.http.statuses",
    "provd.servers.http.stream",
    "provd.servers.tftp.admission",
    "provd.servers.tftp.batches",
    "provd.servers.tftp.datagrams",
    "provd.servers.tftp.ended",
    "provd.servers.tftp.negotiation",
    "provd.servers.tftp.offers",
    "provd.servers.tftp.outgoing",
    "provd.servers.tftp.packets",
    "provd.servers.tftp.pages",
    "provd.servers.tftp.peers",
    "provd.servers.tftp.ports",
    "provd.servers.tftp.session",
    "provd.servers.tftp.sockets",
    "provd.servers.tftp.transfer",
    "provd.servers.tftp.transfers",
    "provd.servers.tftp.wheel",
)
"""Where a phone's packets and requests spend the most time. They were measured in groups, with and
without: docs/decisions/0043."""

MANIFEST = "manifest.json"
LIBRARY = "provd__mypyc"
"""The one that holds the code of all modules, by mypyc's naming."""

ROOT = Path(__file__).resolve().parent.parent.parent


def folder() -> Path:
    """Where this Python's compiled modules lie; whoever may write there may install packages."""
    return Path(sys.prefix) / f"provd-compiled-{sys.implementation.cache_tag}"


def use(where: Path | None = None, root: Path = ROOT) -> str:
    """Has Python find the modules compiled that are imported from now on. Returns why not, as a
    sentence; empty when it does. `root` holds the sources."""
    where = where or folder()
    if why := unusable(where, root):
        return why
    sys.meta_path.insert(0, _Finder(_places(where, _manifest(where)["modules"])))
    return ""


def unusable(where: Path, root: Path = ROOT) -> str:
    """Why what lies there is not to be used; empty where it is."""
    try:
        manifest = _manifest(where)
        sources, places = manifest["sources"].items(), _places(where, manifest["modules"])
    except OSError:
        return "not compiled: scripts/compile does it"
    except (ValueError, TypeError, KeyError, AttributeError):
        return f"{where / MANIFEST} is torn: scripts/compile makes it anew"
    for place in places.values():
        if not place.is_file():
            return f"{place} is missing: scripts/compile makes it anew"
    for source, was in sources:
        if checksum(root / source) != was:
            return f"{source} has changed since it was compiled: scripts/compile makes it anew"
    return ""


def checksum(file: Path) -> str:
    """Empty where it can't be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def in_use() -> bool:
    """Whether this process runs what is compiled."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def _manifest(where: Path) -> Any:
    return json.loads((where / MANIFEST).read_text())


def _places(where: Path, modules: Iterable[str]) -> dict[str, Path]:
    """By the names under which Python asks for them."""
    names = (*modules, LIBRARY)
    return {name: where / (name.replace(".", "/") + EXTENSION_SUFFIXES[0]) for name in names}


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, places: Mapping[str, Path]) -> None:
        self._places = places

    def find_spec(
        self, fullname: str, path: Iterable[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        place = self._places.get(fullname)
        return importlib.util.spec_from_file_location(fullname, place) if place else None
