"""provd.yaml, the environment and the command line, read once into frozen values.

Later wins: defaults < file < environment < command line. Nonsense is refused here, with the line
or the variable that holds it, so that nothing behind this module checks again. provd.yaml in the
repository is the reference: it documents every key, and a test holds it equal to the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provd.configuration_sources import (
    Given,
    Source,
    from_command_line,
    from_environment,
    from_file,
)
from provd.configuration_types import (
    Addresses,
    Count,
    DatabaseUrl,
    Days,
    EmailAddress,
    Folder,
    Host,
    Hours,
    HttpsUrl,
    KeptDays,
    Level,
    LogFormat,
    MailTls,
    Minutes,
    Names,
    Networks,
    OptionalEndpoint,
    OptionalFile,
    OptionalFolder,
    OptionalIpv4,
    OptionalPort,
    Password,
    Port,
    Seconds,
    Switch,
    Text,
    Workers,
)
from provd.devices.secret import Secret
from provd.errors import ConfigurationError

FOLDERS = (
    *("data", "plugins", "profiles", "firmware"),
    *("tls.certificates", "tls.trust_folder", "tls.sip_authorities", "mail.authorities"),
)
PORT_BASE = "listen.port_base"
MAXIMUM_PORT_BASE = 65532
PORTS = ("listen.tftp_port", "listen.http_port", "listen.https_port", "listen.portal_port")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Listen(_Section):
    addresses: Addresses = ("::",)
    tftp_port: Port = 6900
    http_port: Port = 6901
    https_port: Port = 6902
    portal_port: Port = 6903
    legacy_port: OptionalPort = 0
    metrics: OptionalEndpoint = None
    pnp: OptionalIpv4 = ""
    public_url: HttpsUrl = ""
    legacy_url: HttpsUrl = ""

    @property
    def public_host(self) -> str:
        """The name in `public_url`, empty when none is configured."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def legacy_host(self) -> str:
        """The same of `legacy_url`."""
        return urlsplit(self.legacy_url).hostname or ""


class PhoneNetworks(_Section):
    bench: Networks = ()
    bench_simulator: Switch = False
    tftp: Networks = ()
    management: Networks = ()


class Database(_Section):
    url: DatabaseUrl = Secret("")


class Tls(_Section):
    names: Names = ()
    certificates: OptionalFolder = None
    trust_folder: OptionalFolder = None
    sip_authorities: OptionalFile = None


class Trust(_Section):
    challenge: Switch = False


class Enrolment(_Section):
    window_days: Days = 7

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)


class Journal(_Section):
    keep_days: KeptDays = 400

    @property
    def keep(self) -> timedelta:
        return timedelta(days=self.keep_days)


class Limits(_Section):
    tftp_sessions: Count = 20_000
    connections: Count = 8192
    connections_per_address: Count = 512
    firmware_megabytes: Count = 512

    @property
    def firmware_octets(self) -> int:
        return self.firmware_megabytes << 20


class Portal(_Section):
    idle_minutes: Minutes = 60
    session_hours: Hours = 12

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.session_hours)


class Mail(_Section):
    """`host` is empty where no mail is sent."""

    host: Host = ""
    port: Port = 587
    tls: MailTls = "starttls"
    user: Text = ""
    password: Password = Secret("")
    sender: EmailAddress = ""
    authorities: OptionalFile = None
    timeout_seconds: Seconds = 30


class Log(_Section):
    level: Level = "info"
    format: LogFormat = "console"


def _home() -> Path:
    """Where provd.yaml, plugins/ and profiles/ stand: the clone that this module runs from."""
    clone = Path(__file__).resolve().parent.parent
    return clone if (clone / "plugins").is_dir() else Path.cwd()


class Configuration(_Section):
    """All that an operator decides. Folders are absolute; the objects never change."""

    data: Folder = Field(default_factory=lambda: _home() / "data")
    plugins: Folder = Field(default_factory=lambda: _home() / "plugins")
    profiles: Folder = Field(default_factory=lambda: _home() / "profiles")
    firmware: Folder = Field(default_factory=lambda: _home() / "firmware")
    listen: Listen = Listen()
    networks: PhoneNetworks = PhoneNetworks()
    database: Database = Database()
    tls: Tls = Tls()
    trust: Trust = Trust()
    enrolment: Enrolment = Enrolment()
    journal: Journal = Journal()
    limits: Limits = Limits()
    portal: Portal = Portal()
    mail: Mail = Mail()
    log: Log = Log()
    workers: Workers = 1
    drain_seconds: Seconds = 30

    @classmethod
    def load(
        cls,
        path: Path | None,
        environ: Mapping[str, str],
        overrides: Mapping[str, object] | None = None,
    ) -> Configuration:
        """`path` is a YAML file or None; `overrides` come from the command line, by dotted key
        (`{"listen.port_base": 7000, "data": "d"}`), and those that are None were not given.

        Raises ConfigurationError, whose `where` is the file and line, the variable, or the command
        line.
        """
        allowed = (*KEYS, PORT_BASE)
        sources = (
            from_file(path, allowed) if path else {},
            from_environment(environ, allowed),
            from_command_line(overrides or {}, allowed),
        )
        given: Source = {}
        for source in sources:
            given |= _with_ports(source)
        return _validated(given)

    @property
    def certificates_folder(self) -> Path:
        """Where the certificates lie that we did not make ourselves."""
        return self.tls.certificates or self.data / "certificates"

    @property
    def trust_folder(self) -> Path:
        """Where the authorities of phones' factory certificates lie."""
        return self.tls.trust_folder or self.data / "trust"

    @property
    def legacy_trust_folder(self) -> Path:
        """Where those lie that count on the legacy listener only."""
        return self.trust_folder / "legacy"

    @property
    def database_url(self) -> Secret:
        """What Store.open takes."""
        own = f"sqlite:///{quote(str(self.data / 'provd.sqlite'))}"
        return self.database.url or Secret(own)


def _keys(section: type[BaseModel], before: str = "") -> dict[str, str]:
    """Dotted key -> remedy, for every key that holds a value."""
    found: dict[str, str] = {}
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            found |= _keys(field.annotation, f"{before}{name}.")
        else:
            found[before + name] = field.description or ""
    return found


KEYS: Mapping[str, str] = _keys(Configuration)
SECRETS = frozenset({"database.url", "mail.password"})


def _with_ports(source: Source) -> Source:
    """`listen.port_base` stands for four ports; one that is given beside it wins."""
    base = source.pop(PORT_BASE, None)
    if base is None:
        return source
    first = _first_port(base)
    ports = {
        key: replace(base, value=first + offset if first else 0) for offset, key in enumerate(PORTS)
    }
    return ports | source


def _first_port(base: Given) -> int:
    text = str(base.value)
    if not text.isdecimal() or int(text) > MAXIMUM_PORT_BASE:
        raise ConfigurationError(
            f"{text} can't be used",
            where=base.where,
            key=PORT_BASE,
            remedy=f"Give the first of four ports, up to {MAXIMUM_PORT_BASE}",
        )
    return int(text)


def _validated(given: Source) -> Configuration:
    nested: dict[str, Any] = {}
    for key, one in given.items():
        section, _, name = key.rpartition(".")
        place = nested.setdefault(section, {}) if section else nested
        place[name] = _placed(one) if key in FOLDERS else one.value
    try:
        return Configuration.model_validate(nested)
    except ValidationError as error:
        raise _refusal(error, given) from None


def _placed(one: Given) -> object:
    is_path = isinstance(one.value, str | Path) and str(one.value)
    return one.folder / one.value if is_path else one.value


def _refusal(error: ValidationError, given: Source) -> ConfigurationError:
    """Tells of the first error; the text leaves out a value that may hold a password."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"][:2] if not isinstance(part, int))
    one = given[key]
    what = first["msg"].removeprefix("Value error, ")
    shown = "the value" if key in SECRETS else repr(one.value)
    return ConfigurationError(
        f"{shown} can't be used: {what}", where=one.where, key=key, remedy=KEYS[key]
    )
