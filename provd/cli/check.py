"""`provd check`: names what is wrong with an installation, without changing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from provd.cli.shared import Shared, console, data_option
from provd.configuration import Configuration
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.errors import ProvdError
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry


@click.command(short_help="Name what is wrong with an installation.")
@data_option
@click.pass_obj
def check(shared: Shared) -> None:
    """Check configuration, vendors, profiles and database, and say what to mend."""
    configuration = shared.configuration()
    steps: list[tuple[str, Callable[[Configuration], str]]] = [
        ("vendors", _vendors),
        ("profiles", _profiles),
        ("data folder", _data),
        ("database", _database),
    ]
    problems = sum(not _step(name, step, configuration) for name, step in steps)
    if problems:
        raise click.exceptions.Exit(1)


def _step(name: str, step: Callable[[Configuration], str], configuration: Configuration) -> bool:
    try:
        console().print(Text.assemble(("ok", "green"), f"       {name}: {step(configuration)}"))
    except ProvdError as error:
        console().print(Text.assemble(("problem", "red"), f"  {name}: {error}"))
        return False
    return True


def _vendors(configuration: Configuration) -> str:
    registry = Registry.load(configuration.plugins)
    models = sum(len(vendor.models) for vendor in registry.vendors)
    return f"{', '.join(vendor.title for vendor in registry.vendors)}; {models} models"


def _profiles(configuration: Configuration) -> str:
    return ", ".join(Profiles.load(configuration.profiles).titles)


def _data(configuration: Configuration) -> str:
    folder = configuration.data
    if not folder.is_dir():
        return f"{folder} does not exist yet; the first start makes it"
    loose = [path.name for path in _private(folder) if path.stat().st_mode & 0o077]
    if loose:
        names = ", ".join(loose)
        raise ProvdError(f"others may read {names}. Run: chmod 600 on them, in {folder}")
    return str(folder)


def _private(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in {".key", ".sqlite"}]


def _database(configuration: Configuration) -> str:
    key = configuration.data / "sealing.key"
    if not key.exists():
        return "none yet; the first start makes it"
    url = configuration.database_url.reveal()
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        # Opening it would make an empty one, and the next start would go on with that.
        raise ProvdError(f"{file} is missing. Restore it from {configuration.data / 'backups'}")
    store = Store.open(url, sealer=Sealer(load_or_create_key(key)))
    try:
        store.check()
    finally:
        store.close()
    return "tables are up to date, and the key opens their secrets"
