"""A file of phones, checked row by row against the same rules as the form; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from provd.devices.device import Device, Line
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.settings import setting
from provd.errors import ConflictError, InputError, MacError
from provd.operations.actor import Actor
from provd.operations.checking import CheckedForm, FormCheck, taken
from provd.operations.importing_columns import Cells
from provd.operations.importing_names import Names
from provd.operations.importing_places import Places
from provd.operations.referred import Referred
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

_LINE = tuple(field.name for field in fields(Line))

_MOST_BLAMED = 100
"""Phones for which it is found out which values their files can't be made with: more mistakes are
only counted."""

Found = CheckedForm | Sequence[InputError] | None
"""What a row came to: a phone to be registered, what is wrong, or None: it is there already, just
as the row has it."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    row: int
    found: Found


class FileCheck:
    """One check of one file: it remembers the rows before."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        profiles: Profiles,
        form_check: FormCheck,
        actor: Actor,
        now: datetime,
        places: Places,
    ) -> None:
        self._store = store
        self._form_check = form_check
        self._actor = actor
        self._now = now
        self.referred = Referred(store, actor.scope, places)
        self._names = Names(registry, profiles, places, self.referred)
        self._rows: dict[Mac, int] = {}
        self._mistaken = 0

    def check(self, some: Sequence[Cells]) -> Iterator[RowCheck]:
        """What became of each, of some hundred rows: what is asked for all at once is not asked
        for each."""
        macs = [_mac(cells) for cells in some]
        registered = self._store.devices.registered_among({mac for mac in macs if mac})
        ids = registered.values()
        standing = {one.device.mac: one for one in self._store.devices.placements(ids)}
        plans = self._store.books.plans_of_devices(ids)
        for cells, mac in zip(some, macs, strict=True):
            placement = standing.get(mac) if mac else None
            yield RowCheck(cells.number, self._row(cells, mac, placement, plans))

    def _row(
        self, cells: Cells, mac: Mac | None, placement: Placement | None, plans: Mapping[int, int]
    ) -> Found:
        if mac and (earlier := self._rows.setdefault(mac, cells.number)) != cells.number:
            return [ConflictError(f"{mac} stands in {cells.noun} {earlier} already", key="mac")]
        if placement and not self._names.may_see(placement.site):
            return [taken(self._store, self._actor, placement)]
        form, problems = self._names.form(cells)
        blame = self._mistaken < _MOST_BLAMED
        found = self._form_check.examine(
            form, self._now, self.referred, registered=placement is not None, blame=blame
        )
        told = {problem.key for problem in problems}
        if not isinstance(found, CheckedForm):
            self._mistaken += 1
            problems += [problem for problem in found if problem.key not in told]
        if problems or not isinstance(found, CheckedForm):
            return problems
        if placement is None:
            return found
        plan_id, keys = plans.get(placement.device.id), form.keys is not None
        return self._compared(found, placement, plan_id, keys=keys)

    def _compared(
        self, wanted: CheckedForm, placement: Placement, plan_id: int | None, *, keys: bool
    ) -> Sequence[InputError] | None:
        differing = list(_differences(wanted.placement.device, placement.device, keys=keys))
        if wanted.placement.site.id != placement.site.id:
            differing.append("site")
        if (wanted.plan.id if wanted.plan else None) != plan_id:
            differing.append("plan")
        order_id = wanted.order.id if wanted.order else None
        if order_id != placement.device.order_id or (wanted.order_reference and not wanted.order):
            differing.append("order")
        if not differing:
            return None
        place = f"{placement.customer.name}, {placement.site.name}"
        return [
            ConflictError(
                f"{placement.device.mac} is registered already at {place}, and differs there in "
                f"{', '.join(differing)}",
                key="mac",
                remedy="An import changes no device: change it there, or take the row out",
            )
        ]


def _differences(wanted: Device, standing: Device, *, keys: bool) -> Iterator[str]:
    """The columns in which they differ, keys only if the file says something of them. Never the
    values: some are passwords."""
    for name in ("vendor", "model", "label", "profile"):
        if getattr(wanted, name) != getattr(standing, name):
            yield name
    if len(wanted.lines) != len(standing.lines):
        yield "the number of lines"
    for one, other in zip(wanted.lines, standing.lines, strict=False):
        for name in _LINE:
            value = getattr(one, name)
            if value != getattr(other, name) and (name != "label" or value):
                yield f"line{one.number}_{name}"
    if keys and wanted.keys != standing.keys:
        yield "keys"
    stored = {key: setting(key).check(value) for key, value in standing.settings.items()}
    for key in sorted(wanted.settings.keys() | stored.keys()):
        if wanted.settings.get(key) != stored.get(key):
            yield f"setting:{key}"


def _mac(cells: Cells) -> Mac | None:
    try:
        return Mac.parse(cells["mac"])
    except MacError:
        return None


__all__ = ["FileCheck", "Found", "RowCheck"]
