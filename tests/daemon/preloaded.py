"""Imported by the fork server before its first fork: the vendors' folders are looked through once,
and not by each daemon that is killed half a second after its start."""

from __future__ import annotations

from provd.vendors.registry import Registry
from tests.daemon.processes import CLONE

Registry.load(CLONE / "plugins")
