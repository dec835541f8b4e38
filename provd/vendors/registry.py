"""All vendors: those of the plugins folder, and those installed as packages."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from importlib.metadata import entry_points as installed_entry_points
from pathlib import Path

from provd.devices.layers import Settings
from provd.devices.mac import Mac
from provd.devices.settings import RAW_PREFIX, Setting, raw_setting, setting
from provd.errors import NotFoundError, PluginError
from provd.exchange import ClientCertificate
from provd.vendors.evidence import Announced, Evidence
from provd.vendors.identifying import identified
from provd.vendors.manifest import MANIFEST
from provd.vendors.values import FileMatch, Identification
from provd.vendors.vendor import Vendor

ENTRY_POINTS = "provd.vendors"
"""The entry point group; each names a package that has a plugin.yaml beside its __init__.py."""


_Stamp = tuple[tuple[str, int, int, int, int], ...]


def _read(folder: Path) -> Vendor:
    """A folder that has not changed since it was read in this process is not read again: parsing
    all templates takes more than a second, and a reload changes few of them."""
    parts = [folder / MANIFEST, folder / "plugin.py", *sorted(folder.glob("templates/*.j2"))]
    found = [(path.name, path.stat()) for path in parts if path.is_file()]
    return _vendor(
        folder,
        tuple((name, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in found),
    )


@lru_cache(maxsize=128)
def _vendor(folder: Path, _: _Stamp) -> Vendor:
    return Vendor(folder)


class Registry:
    """The vendors, by name. Immutable: a changed folder is seen at the next start."""

    def __init__(self, vendors: list[Vendor]) -> None:
        self._vendors = {vendor.name: vendor for vendor in vendors}

    @classmethod
    def load(cls, folder: Path, *, entry_points: bool = True) -> Registry:
        """Each folder below `folder` that has a plugin.yaml, and the installed packages.

        Raises PluginError for the first vendor that is wrong, and for two of one name.
        """
        vendors: list[Vendor] = []
        for vendor in map(_read, folders(folder, entry_points=entry_points)):
            if any(other.name == vendor.name for other in vendors):
                raise PluginError(f"there are two vendors called {vendor.name}", where=MANIFEST)
            vendors.append(vendor)
        return cls(vendors)

    def compile(self, names: Collection[str]) -> None:
        """The templates of those vendors that there are: a daemon does it before it serves. The
        others' wait for their first phone, which takes some milliseconds longer."""
        for vendor in self.vendors:
            if vendor.name in names:
                vendor.compile()

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        return tuple(self._vendors.values())

    def vendor(self, name: str) -> Vendor:
        """Raises NotFoundError."""
        try:
            return self._vendors[name]
        except KeyError:
            known = ", ".join(self._vendors) or "none"
            raise NotFoundError(
                f"there is no vendor “{name}”", key="vendor", remedy=f"There are: {known}"
            ) from None

    def setting(self, key: str) -> Setting:
        """The row of a setting, of a vendor's own parameter as its manifest has it. Raises
        SettingError for what is none."""
        row = setting(key)
        if row.secret or not key.startswith(RAW_PREFIX):
            return row
        _, name, parameter = key.split(".", 2)
        vendor = self._vendors.get(name)
        return raw_setting(key, secret=True) if vendor and vendor.is_secret(parameter) else row

    def hidden(self, settings: Settings) -> Settings:
        """With the raw parameters that are secrets by their manifests as Secrets."""
        raw = [(key, value) for key, value in settings.items() if key.startswith(RAW_PREFIX)]
        marked = {key: self.setting(key).check(value) for key, value in raw}
        return settings.replaced(marked) if marked else settings

    def candidates(self, path: str) -> tuple[FileMatch, ...]:
        """Everything that the path may mean; the device's own vendor decides among them."""
        return tuple(match for vendor in self.vendors for match in vendor.candidates(path))

    def fitting(
        self, matches: tuple[FileMatch, ...], vendor: str | None, model: str
    ) -> FileMatch | None:
        """What the path means to a vendor's phone of that model; families of one vendor may have
        files of one name. An empty model is one that nobody knows."""
        known = self._vendors.get(vendor or "")
        if known is None:
            return None
        of_vendor = [match for match in matches if match.vendor == vendor]
        if not model:
            of_vendor = [one for one in of_vendor if one.file.fits(one.model)] or of_vendor
            return of_vendor[0] if of_vendor else None
        return next((match for match in of_vendor if known.fits(match.file, model)), None)

    def identify(
        self,
        agent: str = "",
        path: str = "",
        *,
        vendor_class: str = "",
        announced: Announced | None = None,
        certificate: ClientCertificate | None = None,
        proven: str = "",
    ) -> Identification | None:
        """Who asks, from all that is known of the request; None when that is not certain.

        Only where several vendors may be meant the MAC's prefix chooses among those: alone it
        proves nothing. `provd.vendors.evidence.Evidence` explains the arguments.
        """
        given = Evidence(agent, path, vendor_class, announced, certificate, proven)
        return identified(self.vendors, given, self.candidates(path) if path else ())

    def certificate_mac(self, vendor: str, certificate: ClientCertificate) -> Mac | None:
        """The MAC that the certificate proves for that vendor's phones, None when none."""
        known = self._vendors.get(vendor)
        return known.certificate_mac(certificate) if known else None


def folders(folder: Path, *, entry_points: bool = True) -> list[Path]:
    """The vendors' folders below `folder`, and those of installed packages."""
    found = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    return found + (_installed() if entry_points else [])


def _installed() -> list[Path]:
    found = []
    for point in installed_entry_points(group=ENTRY_POINTS):
        module = point.load()
        if not getattr(module, "__file__", None):
            raise PluginError("the entry point names no package", where=point.value)
        found.append(Path(module.__file__).parent)
    return found
