"""The composition root: everything that provd is made of, wired in one function, read top to
bottom. `twistd.tac` and the command line start from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from provd.configuration import Configuration, Mail
from provd.configuration_file import configuration_from
from provd.crypto.files import obstacle
from provd.crypto.sealing import Sealer, load_or_create_key
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.devices.settings import VOCABULARY
from provd.errors import ConfigurationError, ProvdError, StoreUnavailable
from provd.logs import configure_logs
from provd.operations.activity import Activity
from provd.operations.arrivals import Arrivals
from provd.operations.bench import SimulatedBench
from provd.operations.billing import Billing
from provd.operations.boots import Boots
from provd.operations.catalogue import Catalogue
from provd.operations.charging import Charging
from provd.operations.checking import FormCheck
from provd.operations.closing_accounts import ClosingAccounts
from provd.operations.consequences import Hook
from provd.operations.credit import Credit
from provd.operations.debtors import Debtors
from provd.operations.directory import Directory
from provd.operations.discovery import Discoveries
from provd.operations.explaining import Explaining
from provd.operations.exporting import Exporting
from provd.operations.firmware import PhoneFirmware
from provd.operations.fulfilment import Fulfilment
from provd.operations.importing import Importing
from provd.operations.invoicing import invoicing
from provd.operations.keys_and_lines import KeysAndLines
from provd.operations.leases import Leases
from provd.operations.life import DeviceLife
from provd.operations.manual_charges import ManualCharges
from provd.operations.moving import Moving
from provd.operations.operations import Operations
from provd.operations.payments import Payments
from provd.operations.phone_files import LastGood, PhoneFiles, no_copies
from provd.operations.phone_settings import PhoneSettings
from provd.operations.phonebooks import Phonebooks
from provd.operations.previewing import Previewing
from provd.operations.reaching import Reaching
from provd.operations.registration import Registration
from provd.operations.replacing import Replacing
from provd.operations.requesting import requesting
from provd.operations.setup import Setup
from provd.operations.sign_in import SignIn
from provd.operations.site_dhcp import SiteDhcp
from provd.operations.statements import Statements
from provd.operations.subscribing import Subscribing
from provd.operations.subscription_views import SubscriptionReader
from provd.operations.suspension import Suspension
from provd.operations.telling import Telling
from provd.operations.uploads import DeviceUploads
from provd.provisioning.copies import Copies
from provd.provisioning.copy_rows import CopyRows
from provd.provisioning.credentials import Credentials
from provd.provisioning.files import Files
from provd.provisioning.ways import Ways
from provd.running import running_server
from provd.smtp import Smtp
from provd.store import CopyStore, Generation, Store, UnsharedGeneration
from provd.vendors.firmware import Firmware
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

log = structlog.get_logger()


def now() -> datetime:
    """The clock of the whole program; tests hand in another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Provd:
    """The parts without any socket: what the daemon serves from, and all that a command needs."""

    configuration: Configuration
    store: Store
    generation: Generation
    registry: Registry
    profiles: Profiles
    firmware: Firmware
    files: Files
    copies: Copies
    bench: SimulatedBench
    operations: Operations
    missing: str = ""
    """Why the database could not be made ready at the start; empty where it was."""

    def make_ready(self) -> None:
        """Brings the database up to date. Raises ProvdError: it is away, it is a newer provd's, or
        sealed with another key."""
        self.store.make_ready(self.configuration.data / "backups")

    def close(self) -> None:
        self.copies.close()
        self.store.close()
        self.generation.close()


def build(configuration: Configuration) -> Provd:
    """Opens the database and brings it up to date; reads plugins and profiles.

    Raises ProvdError: a wrong plugin, a database of a newer provd, another key.
    """
    parts = _read(configuration)
    try:
        parts.make_ready()
    except ProvdError:
        parts.close()
        raise
    return parts


def build_without_database(configuration: Configuration) -> Provd:
    """As `build`, but a database that is away is left for later: `missing` tells why, and
    StoreUnavailable meets whoever asks for it, until `make_ready` succeeds."""
    parts = _read(configuration)
    try:
        parts.make_ready()
        parts.registry.compile(parts.store.devices.vendors())
    except StoreUnavailable as error:
        log.error("starting_without_database", error=str(error))
        parts.store.withhold(str(error))
        return replace(parts, missing=str(error))
    except ProvdError:
        parts.close()
        raise
    return parts


def _read(configuration: Configuration) -> Provd:
    data = configuration.data
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    registry = Registry.load(configuration.plugins)
    profiles = Profiles.load(configuration.profiles)
    key = _key(data)
    generation = _generation(data / "generation")
    sealer = Sealer(key)
    store = Store.open(
        configuration.database_url.reveal(),
        sealer=sealer,
        on_configuration_change=generation.raise_,
        secret_keys=[setting.key for setting in VOCABULARY.values() if setting.secret],
    )
    copies = Copies(CopyStore(data / "last-good.sqlite"), CopyRows(sealer, key))
    return _assembled(configuration, store, generation, copies, registry, profiles)


def _key(data: Path) -> bytes:
    path = data / "sealing.key"
    if not path.exists() and (why := obstacle(data)):
        raise ConfigurationError(
            f"it can't be written: {why}",
            where=str(data),
            key="data",
            remedy="Make it writable for provd's user: a first start makes keys and a database",
        )
    return load_or_create_key(path)


def _generation(path: Path) -> Generation:
    """An installation whose folder takes nothing any more is served from what lies there."""
    try:
        return Generation(path)
    except OSError as error:
        log.error("data_folder_not_written", where=str(path.parent), error=error.strerror)
        return UnsharedGeneration()


def renewed(parts: Provd, configuration: Configuration) -> Provd:
    """Other parts over the same database, with plugins and profiles as they are now.

    Raises ProvdError, and `parts` stay as they were; StoreUnavailable or StoreBroken when all is in
    order but the database, which tells what vendors there are and what every file is rendered from.
    """
    registry = Registry.load(configuration.plugins)
    if not registry.vendors:
        raise ConfigurationError(
            "there is no vendor", where=str(configuration.plugins), key="plugins"
        )
    profiles = Profiles.load(configuration.profiles)
    parts.store.check()
    registry.compile(parts.store.devices.vendors())
    return _assembled(
        configuration, parts.store, parts.generation, parts.copies, registry, profiles
    )


def reconfigured(parts: Provd, configuration: Configuration) -> Provd:
    """Other parts with plugins and profiles as they are in service, which asks no database. Phones
    get their last good files from them while that is away. Raises ProvdError."""
    return _assembled(
        configuration,
        parts.store,
        parts.generation,
        parts.copies,
        parts.registry,
        parts.profiles,
    )


def _assembled(
    configuration: Configuration,
    store: Store,
    generation: Generation,
    copies: Copies,
    registry: Registry,
    profiles: Profiles,
) -> Provd:
    firmware = Firmware.load(configuration.firmware, registry)
    files = Files(
        registry,
        profiles,
        public_url=configuration.listen.public_url,
        legacy_url=configuration.listen.legacy_url,
        host=configuration.listen.public_host,
        clock=now,
        credentials=Credentials(load_or_create_key(configuration.data / "sealing.key")),
        firmware=firmware,
    )
    bench = SimulatedBench(
        registry,
        lambda: running_server(configuration),
        configuration.networks.bench,
        lambda mac: file_key(store, files, mac),
    )
    operations = wire(store, registry, profiles, files, bench, configuration, copies.file)
    return Provd(
        configuration,
        store,
        generation,
        registry,
        profiles,
        firmware,
        files,
        copies,
        bench,
        operations,
    )


def file_key(store: Store, files: Files, mac: Mac) -> Secret | None:
    """What the phone of that MAC decrypts its files with, None where they are not encrypted."""
    placement = store.devices.placement(mac)
    return files.key_of(placement) if placement else None


def wire(
    store: Store,
    registry: Registry,
    profiles: Profiles,
    files: Files,
    bench: SimulatedBench,
    configuration: Configuration,
    last_good: LastGood = no_copies,
    *,
    now: Callable[[], datetime] = lambda: now(),
    tells: Callable[[Store, Reaching], Telling] = Telling,
) -> Operations:
    """The operations over a store. `now` is `app.now`, also where a test put another one there; a
    scenario brings its own, and phones that nobody can tell anything."""
    reaching = Reaching(
        store,
        registry,
        profiles,
        ca_file=configuration.tls.sip_authorities,
        management=configuration.networks.management,
    )
    telling = tells(store, reaching)
    credit = Credit(store, Suspension(store), telling.soon, now)
    debtors = Debtors(store)
    charging = Charging(store, credit.charged)
    billing = Billing(store, charging)
    discoveries = Discoveries(store, registry, configuration.networks.bench)
    phone_settings = PhoneSettings(store, registry, files)
    form_check = FormCheck(store, registry, profiles, files, configuration.enrolment.window)
    hook = Hook(store, charging)
    leases = Leases(store, hook, clock=now)
    arrivals = Arrivals(store, form_check, files, charging)
    payments = Payments(store, debtors, credit, now)
    issuing = invoicing(
        store,
        now,
        credit.settle,
        send=mail_server(configuration.mail),
        sender=configuration.mail.sender,
    )
    return Operations(
        setup=Setup(store, now),
        sign_in=SignIn(store),
        directory=Directory(store, registry, billing, clock=now),
        registration=Registration(store, registry, profiles, form_check, charging, clock=now),
        importing=Importing(
            store, registry, profiles, form_check, charging, files=files, clock=now
        ),
        phone_settings=phone_settings,
        keys_and_lines=KeysAndLines(store, registry, files),
        explaining=Explaining(store, registry, files),
        previewing=Previewing(store, registry, profiles, files, phone_settings),
        fulfilment=Fulfilment(
            store,
            registry,
            charging,
            clock=now,
            bench=bench if configuration.networks.bench_simulator else None,
        ),
        billing=billing,
        catalogue=Catalogue(store, now),
        subscribing=Subscribing(store, hook, now),
        subscriptions=SubscriptionReader(store, now),
        invoicing=issuing,
        exporting=Exporting(store),
        debtors=debtors,
        payments=payments,
        requesting=requesting(store, debtors, payments, hook, issuing, now),
        manual_charges=ManualCharges(store, debtors, credit, now),
        statements=Statements(store, debtors, credit, now),
        closing=ClosingAccounts(store, debtors, leases, now),
        boots=Boots(
            store,
            charging,
            closes_window=Ways(registry, profiles).lead_back
            if configuration.listen.public_url
            else None,
            strangers=discoveries.note,
        ),
        activity=Activity(store, now),
        discoveries=discoveries,
        uploads=DeviceUploads(store),
        dhcp=SiteDhcp(store, registry, profiles),
        reaching=reaching,
        telling=telling,
        life=DeviceLife(store, hook, clock=now),
        replacing=Replacing(store, hook, registry, arrivals, phone_settings, clock=now),
        moving=Moving(store, hook, arrivals, clock=now),
        leases=leases,
        phonebooks=Phonebooks(store),
        firmware=PhoneFirmware(store, files),
        phone_files=PhoneFiles(store, registry, files, last_good),
    )


def mail_server(mail: Mail) -> Smtp | None:
    """None where none is configured. Raises ConfigurationError where nobody is named to write."""
    if not mail.host:
        return None
    if not mail.sender:
        raise ConfigurationError(
            "who sends the mail?", key="mail.sender", remedy="Give an address of yours"
        )
    return Smtp(mail)


def started(environ: Mapping[str, str]) -> Provd:
    """Configuration, logs, parts: what the daemon does before it opens a socket."""
    configuration = configuration_from(environ)
    # twistd begins Twisted's log itself, with the observer that twistd.tac names.
    configure_logs(configuration.log.level, configuration.log.format, twisted=False)
    return build_without_database(configuration)
