"""What `provd check` looks at. Each function tells what it found, and changes nothing; a ProvdError
that it raises is a problem as well."""

from __future__ import annotations

import enum
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from provd import compiled
from provd.addresses import certificate_names, usable
from provd.certificates import certificate_in
from provd.configuration import PORTS, Configuration
from provd.crypto.authority import RENEWED_DAYS
from provd.crypto.files import obstacle
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.errors import ConfigurationError, InputError, ProvdError
from provd.provisioning.spools import again, waiting
from provd.running import runtime
from provd.servers.listening import datagram_socket, stream_socket
from provd.store import Store
from provd.vendors import checking
from provd.vendors.firmware import Firmware
from provd.vendors.images import verified
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry, folders

RENEW = "Restart provd or send it SIGHUP: it makes a new one"
REPLACE = "Remove it and its .key, restart provd, and give phones the new one"


class Level(enum.StrEnum):
    OK = "ok"
    HINT = "hint"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    text: str


Findings = Iterator[Finding]


def ok(text: str) -> Finding:
    return Finding(Level.OK, text)


def hint(text: str) -> Finding:
    return Finding(Level.HINT, text)


def problem(text: object) -> Finding:
    return Finding(Level.PROBLEM, str(text))


def vendors(configuration: Configuration) -> Findings:
    """Everything that is wrong with a vendor's folder, where one can't be used."""
    try:
        registry = Registry.load(configuration.plugins)
    except ProvdError as first:
        wrong = [
            problem(error)
            for folder in folders(configuration.plugins)
            for error in checking.structure_problems(folder)
        ]
        yield from wrong or [problem(first)]
        return
    if not registry.vendors:
        yield problem(f"there is none in {configuration.plugins}. Set plugins in provd.yaml")
        return
    found = [problem(error) for one in registry.vendors for error in checking.model_problems(one)]
    yield from found
    if not found:
        models = sum(len(vendor.models) for vendor in registry.vendors)
        titles = dict.fromkeys(vendor.title for vendor in registry.vendors)
        yield ok(f"{', '.join(titles)}; {models} models")


def profiles(configuration: Configuration) -> Findings:
    yield ok(", ".join(Profiles.load(configuration.profiles).titles))


def firmware(configuration: Configuration) -> Findings:
    try:
        registry = Registry.load(configuration.plugins)
    except ProvdError:
        return  # which `vendors` has told
    images = Firmware.load(configuration.firmware, registry).images
    wrong = [(image, found.problem) for image in images if (found := verified(image)).problem]
    for image, what in wrong:
        yield problem(f"phones do not get {image.vendor}/{image.file}: {what}")
    if not wrong:
        yield ok(f"{len(images)} verified" if images else "no images")


def data_folder(configuration: Configuration) -> Findings:
    folder = configuration.data
    if not folder.is_dir():
        yield ok(f"{folder} does not exist yet; the first start makes it")
        return
    found = []
    if why := obstacle(folder):
        found.append(problem(f"{folder} takes nothing: {why}. Make it writable for provd's user"))
    if folder.stat().st_mode & 0o022:
        found.append(problem(f"others may write to {folder}. Run: chmod go-w {folder}"))
    loose = [path for path in _private(folder) if path.stat().st_mode & 0o077]
    if loose:
        names = ", ".join(str(path.relative_to(folder)) for path in loose)
        found.append(problem(f"others may read {names}. Run: chmod 600 on them, in {folder}"))
    yield from found or [ok(str(folder))]


def _private(folder: Path) -> list[Path]:
    here = [path for path in folder.iterdir() if path.suffix in {".key", ".sqlite", ".spool"}]
    return sorted([*here, *folder.glob("tls/*.key"), *folder.glob("tls/server-*.pem")])


def database(configuration: Configuration) -> Findings:
    key = configuration.data / "sealing.key"
    if not key.exists():
        yield ok("none yet; the first start makes it")
        return
    url = configuration.database_url.reveal()
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        # Opening it would make an empty one, and the next start would go on with that.
        yield problem(f"{file} is missing. Restore it from {configuration.data / 'backups'}")
        return
    store = Store.open(url, sealer=Sealer(load_or_create_key(key)))
    try:
        store.check()
    finally:
        store.close()
    yield ok("tables are up to date, and the key opens their secrets")


def spool(configuration: Configuration) -> Findings:
    for rejected in sorted(configuration.data.glob("journal*.rejected")):
        if rejected.stat().st_size:
            yield problem(
                f"deliveries that could not be booked lie in {rejected}, and nobody was charged "
                "for them. When the cause is gone (see booking_failed in the log) have provd book "
                f"them: mv -n {rejected} {again(rejected)} (those that are torn or refused again "
                "come back)"
            )
    size = sum(path.stat().st_size for path in waiting(configuration.data))
    if not size:
        yield ok("nothing waits to be booked")
    elif _runtime(configuration):
        yield hint(f"{size} bytes wait to be booked. If they stay, see booking_waits in the log")
    else:
        yield hint(f"{size} bytes wait to be booked. Start provd: it books them")


def ports(configuration: Configuration) -> Findings:
    listen = configuration.listen
    running = _runtime(configuration)
    taken = []
    for key in (*PORTS, "listen.legacy_port"):
        name = key.removeprefix("listen.")
        port = getattr(listen, name)
        if not (running and running.get(name) == port):  # 0 is no port and always free
            taken += [_tried(key, address, port) for address in usable(listen.addresses)]
    found = [finding for finding in taken if finding]
    yield from found
    if not found:
        yield ok("in use by this provd" if running else "free")


def _tried(key: str, address: str, port: int) -> Finding | None:
    try:
        if key == "listen.tftp_port":
            datagram_socket(address, port, setting=key, receive_buffer_octets=1 << 16).close()
        else:
            stream_socket(address, port, setting=key, backlog=1).close()
    except ConfigurationError as error:
        cause = error.__cause__
        # A service may have the capability that whoever checks has not.
        is_hint = isinstance(cause, OSError) and cause.errno == errno.EACCES
        return (hint if is_hint else problem)(str(error))
    return None


def certificate(configuration: Configuration, now: datetime) -> Findings:
    folder = configuration.data / "tls"
    files = sorted(folder.glob("server-*.pem"))
    if not files:
        yield ok("none yet; the first start makes it")
        return
    found = []
    for path in (*files, *sorted(folder.glob("ca*.pem"))):
        end = certificate_in(path).not_valid_after_utc
        remedy = RENEW if path in files else REPLACE
        if end <= now:
            found.append(problem(f"{path} expired on {end:%Y-%m-%d}. {remedy}"))
        elif (end - now).days < RENEWED_DAYS:
            found.append(hint(f"{path} ends on {end:%Y-%m-%d}. {remedy}"))
    for path in files:
        wanted = {name.lower() for name in certificate_names(configuration)}
        missing = sorted(wanted - _names(certificate_in(path)))
        if missing:
            found.append(problem(f"{path} does not name {', '.join(missing)}. {RENEW}"))
    yield from found
    if not found:
        yield ok("names every address, and is valid")


def compiled_modules(_: Configuration) -> Findings:
    if why := compiled.unusable(compiled.folder()):
        yield hint(f"phones are served from source, at a higher cost: {why}")
    else:
        yield ok(f"{len(compiled.MODULES)} modules that phones wait for are compiled")


def phones(configuration: Configuration) -> Findings:
    """What is allowed, and seldom meant."""
    if not configuration.networks.bench:
        yield hint(
            "networks.bench is empty, so no phone can be staged. Name the bench's networks if you "
            "have one"
        )
    if not configuration.listen.public_url:
        yield hint(
            "listen.public_url is empty, so phones get neither a token nor a password of their "
            "own. Set it to the https:// URL by which they reach this server"
        )
    if configuration.networks.bench and configuration.listen.public_url:
        yield ok(f"are told {configuration.listen.public_url}")


def _names(one: x509.Certificate) -> set[str]:
    names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def _runtime(configuration: Configuration) -> dict[str, Any]:
    """What the running daemon wrote down; empty when none runs, or it can't be read."""
    try:
        return runtime(configuration.data)
    except (InputError, OSError, ValueError, KeyError):
        return {}
