"""Imported by the fork server before its first fork: the vendors' folders are looked through once,
and the templates of those that all daemons have phones of are compiled once, and not by each daemon
that is killed half a second after its start."""

from __future__ import annotations

from provd.vendors.registry import Registry
from tests.daemon.processes import CLONE
from tests.daemon.town import VENDORS

Registry.load(CLONE / "plugins").compile(VENDORS)
