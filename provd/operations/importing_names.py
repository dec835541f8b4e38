"""The names in a row of an import file, and what they stand for: from cells to a form."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from provd.devices.account import Account, Site
from provd.devices.settings import RAW_PREFIX
from provd.devices.text import whole_number
from provd.errors import InputError
from provd.operations.forms import DeviceForm
from provd.operations.importing_columns import Cells
from provd.operations.importing_places import Places
from provd.operations.referred import Referred
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

_MOST_SUGGESTED = 20
"""Names for which others are suggested: looking for one takes as long as a hundred rows."""


class Names:
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
