"""What an edit would change in phones' files, before it is saved. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from provd.devices.account import Role
from provd.devices.placement import Placement
from provd.devices.settings import setting
from provd.errors import NotFoundError, RenderError
from provd.operations.actor import Actor
from provd.operations.checking import CheckedForm
from provd.operations.comparing import Compared, Comparison
from provd.operations.phone_settings import CannotTake, PhoneSettings
from provd.operations.places import Level, Place, place_named
from provd.provisioning.files import Files
from provd.store import Store
from provd.store.fleets import Fleet
from provd.vendors.masking import masked
from provd.vendors.profiles import DEFAULT, Profiles
from provd.vendors.registry import Registry
from provd.vendors.values import Phone

MANAGERS = (Role.ADMIN, Role.RESELLER)
_TOGETHER = 200
"""Devices that are read at once."""

Told = Callable[[int, int], object]
"""Hears how many phones have been looked at, of how many."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`total` phones are below the place; `compared.devices` of them were looked at, after the
    `first` ones, which were not. `is_new_profile`: there was none of that name, and its file is
    right."""

    total: int
    compared: Compared
    cannot: tuple[CannotTake, ...] = ()
    is_new_profile: bool = False
    first: int = 0

    @property
    def until(self) -> int:
        """The number of the last that was looked at, counted from 1."""
        return self.first + self.compared.devices


def unheard(_done: int, _total: int) -> None:
    """For those who show no progress."""


class Previewing:
    """Secrets are not shown: of one that changes only that it does. `most` bounds how many phones
    are looked at, the earliest registered first, after the `first` ones."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        profiles: Profiles,
        files: Files,
        settings: PhoneSettings,
    ) -> None:
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._files = files
        self._settings = settings

    def setting(
        self,
        actor: Actor,
        level: Level,
        where: str,
        key: str,
        text: str | None,
        *,
        first: int = 0,
        most: int | None = None,
        told: Told = unheard,
    ) -> Preview:
        """Of setting `key` to `text`, or of taking it back (None).

        Raises what PhoneSettings.set and unset would raise.
        """
        actor.must_be(*MANAGERS)
        value = None if text is None else self._settings.read(key, text)
        place = place_named(self._store, actor, level, where)
        if text is None and setting(key).key not in place.settings:
            raise NotFoundError(f"{place.name} does not set {key}", key="key")
        after = self._edited(place, key, value)
        ids = self._store.devices.fleet(place.fleet)
        some = ids[first:] if most is None else ids[first : first + most]
        compared = self._compared(self._pairs(some, after, self._files, told))
        cannot = () if value is None else self._settings.cannot_take(place.fleet, key, value)
        return Preview(len(ids), compared, cannot, first=min(first, len(ids)))

    def profile(self, actor: Actor, name: str, path: Path, *, told: Told = unheard) -> Preview:
        """Of having the file `path` as profiles/`name`.yaml, be it a new one. Raises PluginError or
        SettingError for a file that would be refused."""
        actor.must_be(Role.ADMIN)
        other = self._files.with_profiles(self._profiles.with_file(name, path))
        fleet = Fleet(actor.scope, profile="" if name == DEFAULT else name)
        ids = self._store.devices.fleet(fleet)
        pairs = self._pairs(ids, lambda placement: placement, other, told)
        new = name != DEFAULT and name not in self._profiles.names
        return Preview(len(ids), self._compared(pairs), is_new_profile=new)

    def importing(
        self, actor: Actor, new: Sequence[CheckedForm], *, told: Told = unheard
    ) -> Preview:
        """The files of phones that an import would register."""
        actor.must_be(*MANAGERS)
        placements = [form.placement for form in new]
        pairs = (
            (None, self._masked(one, self._files))
            for one in _heard(placements, len(placements), told)
        )
        return Preview(len(new), self._compared(pairs))

    def _edited(self, place: Place, key: str, value: object) -> Callable[[Placement], Placement]:
        settings: Mapping[str, object] = {
            name: given for name, given in place.settings.items() if name != key
        }
        if value is not None:
            settings = {**settings, key: value}
        return lambda placement: place.placed(placement, settings)

    def _pairs(
        self,
        ids: Sequence[int],
        after: Callable[[Placement], Placement],
        files: Files,
        told: Told,
    ) -> Iterator[tuple[Phone | None, Phone | _Failed]]:
        for placement in _heard(self._placements(ids), len(ids), told):
            before = self._phone(placement, self._files)
            later = self._phone(after(placement), files)
            token = placement.enrolment.token.reveal()
            if isinstance(later, _Failed):
                if isinstance(before, Phone):
                    yield None, later
                continue
            known = before if isinstance(before, Phone) else None
            yield known and masked(known, token), masked(later, token, before=known)

    def _placements(self, ids: Sequence[int]) -> Iterator[Placement]:
        for start in range(0, len(ids), _TOGETHER):
            yield from self._store.devices.placements(ids[start : start + _TOGETHER])

    def _masked(self, placement: Placement, files: Files) -> Phone | _Failed:
        phone = self._phone(placement, files)
        token = placement.enrolment.token.reveal()
        return masked(phone, token) if isinstance(phone, Phone) else phone

    def _phone(self, placement: Placement, files: Files) -> Phone | _Failed:
        try:
            return files.phone(placement)
        except (NotFoundError, RenderError) as error:
            return _Failed(str(placement.device.mac), str(error))

    def _compared(self, pairs: Iterable[tuple[Phone | None, Phone | _Failed]]) -> Compared:
        comparison = Comparison(self._registry)
        for before, after in pairs:
            if isinstance(after, _Failed):
                comparison.fail(after.mac, after.problem)
            else:
                comparison.take(before, after)
        return comparison.result()


@dataclass(frozen=True, slots=True)
class _Failed:
    """A phone whose settings can't be merged."""

    mac: str
    problem: str


def _heard(placements: Iterable[Placement], total: int, told: Told) -> Iterator[Placement]:
    done = 0
    for done, placement in enumerate(placements, start=1):
        yield placement
        if done % 50 == 0:
            told(done, total)
    told(done, total)
