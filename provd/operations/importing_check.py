"""A file of phones, checked row by row against the same rules as the form; writes nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from provd.devices.account import Account, Site
from provd.devices.device import Device, Line
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.settings import RAW_PREFIX, setting
from provd.devices.text import whole_number
from provd.errors import ConflictError, InputError, MacError
from provd.operations.actor import Actor
from provd.operations.checking import CheckedForm, FormCheck, taken
from provd.operations.forms import DeviceForm
from provd.operations.importing_columns import Cells
from provd.operations.importing_places import Places
from provd.operations.referred import Referred
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

_MOST_SUGGESTED = 20
"""Names for which others are suggested: looking for one takes as long as a hundred rows."""

_LINE = tuple(field.name for field in fields(Line))

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
        self._names = _Names(registry, profiles, places, self.referred)
        self._rows: dict[Mac, int] = {}

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
        found = self._form_check.examine(
            form, self._now, self.referred, registered=placement is not None
        )
        told = {problem.key for problem in problems}
        if not isinstance(found, CheckedForm):
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


class _Names:
    """From the names that people write to what they stand for."""

    def __init__(
        self,
        registry: Registry,
        profiles: Profiles,
        places: Places,
        referred: Referred,
    ) -> None:
        self._places = places
        self._referred = referred
        self._vendors = {
            name.casefold(): vendor.name
            for vendor in registry.vendors
            for name in (vendor.title, vendor.name)
        }
        self._profiles = {profiles.titles[name].casefold(): name for name in profiles.names}
        self._profiles |= {name.casefold(): name for name in profiles.names}
        self._suggested: dict[str, list[str]] = {}

    def may_see(self, site: Site) -> bool:
        return self._places.site(site.id) is not None

    def form(self, cells: Cells) -> tuple[DeviceForm, list[InputError]]:
        """The form, and which names stand for nothing; there the form names nothing either."""
        problems: list[InputError] = []
        site_id, plan_id = 0, None
        try:
            site_id = self._site(cells)
            plan_id = self._plan(cells["plan"], site_id)
        except InputError as error:
            problems.append(error)
        vendor = self._vendors.get(cells["vendor"].casefold(), cells["vendor"])
        raw = {f"{RAW_PREFIX}{vendor}.{name}": value for name, value in cells.raw.items()}
        form = DeviceForm(
            mac=cells["mac"],
            vendor=vendor,
            model=cells["model"],
            site_id=site_id,
            plan_id=plan_id,
            lines=cells.lines,
            label=cells["label"],
            profile=self._profiles.get(cells["profile"].casefold(), cells["profile"]),
            order_reference=cells["order"],
            settings={**cells.settings, **raw},
            keys=cells.keys,
        )
        return form, problems

    def _site(self, cells: Cells) -> int:
        customer, name = cells["customer"], cells["site"]
        wanted = f"{customer}/{name}" if customer else name
        found = self._places.named(wanted) or self._numbered(name, customer)
        if len(found) == 1:
            return found[0]
        if not found and name and (planned := self._places.missing(customer, name)):
            return planned
        known = [self._places.title(id_) for id_ in found] or self._near(wanted)
        problem = "there are several sites" if found else "there is no site"
        remedy = f"{'Choose one of' if found else 'Did you mean'}: {', '.join(known[:5])}"
        raise InputError(
            f"{problem} “{wanted[:60]}”", key="site_id", remedy=remedy if known else ""
        )

    def _numbered(self, text: str, customer: str) -> Sequence[int]:
        """A site by its number, where it is that customer's, if one is named."""
        number = whole_number(text)
        if number is None or self._places.site(number) is None:
            return ()
        named = self._places.title(number).casefold()
        return (number,) if not customer or named.startswith(f"{customer}/".casefold()) else ()

    def _near(self, name: str) -> list[str]:
        """Looked for among the names of all sites, so only for the first mistakes of a file."""
        wanted = name.casefold()
        if wanted not in self._suggested and len(self._suggested) < _MOST_SUGGESTED:
            names = self._places.names
            near = difflib.get_close_matches(wanted, names, n=3)
            self._suggested[wanted] = [self._places.title(names[one][0]) for one in near]
        return self._suggested.get(wanted, [])

    def _plan(self, text: str, site_id: int) -> int | None:
        if not text:
            return None
        provider, reseller, _ = self._referred.accounts(self._referred.site(site_id))
        seller: Account = reseller or provider
        offered = self._referred.plans(seller.id)
        named = [plan.id for plan in offered.values() if plan.name.casefold() == text.casefold()]
        if len(named) == 1:
            return named[0]
        number = whole_number(text)
        if not named and number is not None and number in offered:
            return number
        known = ", ".join(plan.name for plan in list(offered.values())[:8]) or "none"
        problem = "there are several plans" if named else "there is no plan"
        raise InputError(f"{problem} “{text[:60]}”", key="plan_id", remedy=f"There are: {known}")


__all__ = ["FileCheck", "Found", "RowCheck"]
