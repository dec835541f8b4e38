"""What crosses this package's border: frozen values, nothing that reads a file or renders one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from provd.devices.contact import Contact
from provd.devices.device import Device
from provd.devices.layers import Settings
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.vendors.evidence import Source

Fact = str | int


@dataclass(frozen=True, slots=True)
class Model:
    """One row of a vendor's models. `name` is what the phone calls itself in its User-Agent.

    `lines` is how many SIP accounts it can have, `keys` how many programmable keys. `facts` holds
    the vendor's own columns (a code in a file name, a firmware generation). It takes as many as
    `modules` expansion modules of `module_keys` keys each.
    """

    name: str
    title: str
    lines: int
    keys: int = 0
    facts: Mapping[str, Fact] = field(default_factory=dict)
    modules: int = 0
    module_keys: int = 0


When = Mapping[str, Sequence[Fact]]
"""Column of the models -> what may stand there; empty: every model is meant."""


def fits(when: When, model: Model | None) -> bool:
    """Whether the model is one of those meant. Without a model only what holds for all fits."""
    if model is None:
        return not when
    facts = {"name": model.name, "lines": model.lines, "keys": model.keys, **model.facts}
    return all(facts.get(column) in words for column, words in when.items())


@dataclass(frozen=True, slots=True)
class UploadRule:
    """A phone may send this file, of so many octets at most; with `read_back` it fetches it again
    at its next boot."""

    maximum_octets: int
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class Encryption:
    """`form` is a name of `provd.vendors.encryption.FORMS`; `packed`: with gzip, before."""

    form: str
    packed: bool = False
    when: When = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file that the vendor's phones ask for.

    `pattern` is a path with placeholders: `{mac}`, `{model}`, or a column of the models. `template`
    is None for files that we know of but do not have (answer: a plain 404). `secret` files hold
    credentials or tell that a MAC is registered. The files with `completes_boot` are together the
    full configuration. `optional`: the phone boots without it. `format` names encoder and reader;
    empty when the file is no configuration. Of two files that set the same parameter the one of
    the higher `rank` wins. `upload` is None where phones only read. `when` names the models whose
    file it is. `same_as` is the kind whose content stands under this path as well: who has fetched
    the one has the other. `encoding` (as Python calls it) and `line_end` are how its text becomes
    bytes.
    `encryptions` are how it is encrypted for phones with a key, those that fit the model; the first
    of them unless a phone is set to another.
    """

    name: str
    pattern: str
    template: str | None
    media_type: str
    format: str
    secret: bool
    completes_boot: bool
    optional: bool
    rank: int = 0
    note: str = ""
    upload: UploadRule | None = None
    same_as: str = ""
    when: When = field(default_factory=dict)
    encoding: str = "utf-8"
    line_end: str = "\n"
    encryptions: tuple[Encryption, ...] = ()

    @property
    def per_device(self) -> bool:
        """Whether the path names one MAC; the others are shared by many phones."""
        return "{mac" in self.pattern or "{MAC}" in self.pattern

    @property
    def counts_as(self) -> str:
        """The kind that is delivered with it: itself, or the one that it is the same as."""
        return self.same_as or self.name

    def fits(self, model: Model | None) -> bool:
        return fits(self.when, model)

    def encryptions_of(self, model: Model | None) -> tuple[Encryption, ...]:
        return tuple(one for one in self.encryptions if fits(one.when, model))

    def encryption(self, model: Model | None, form: str = "") -> Encryption | None:
        """The one of that form, or the first; None where the model has none."""
        there = self.encryptions_of(model)
        return next((one for one in there if one.form == form), there[0] if there else None)


@dataclass(frozen=True, slots=True)
class FileMatch:
    """What a path may mean. `vendor` is a vendor's name; `model` is known when the path tells it;
    `values` are the texts of the placeholders, as the phone wrote them."""

    vendor: str
    file: FileKind
    mac: Mac | None
    model: Model | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Identification:
    """Who asked. `model` is the model's name, or the phone's own word for a model that we do not
    know; `model` and `version` are empty when nothing told them. `sources` are the strongest first;
    `contradicted_by` are those that name another vendor, or another MAC."""

    vendor: str
    model: str
    version: str
    mac: Mac | None
    sources: tuple[Source, ...] = ()
    contradicted_by: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldFirmware:
    """The image that a phone is told to run, all empty when none is meant: its file's name, its
    version, and the URL it has on this server, empty where phones are told no URL at all. `missing`
    is a version that the phone should be told of, and that there is not. `place` is where alone
    all of that holds; None: everywhere."""

    file: str = ""
    version: str = ""
    url: str = ""
    missing: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """All that a device's files are rendered from.

    `provisioning_url` is where the phone shall come back to; empty leaves its own setting alone.
    `server_host` is the name or address by which phones reach us. `today` selects the year whose
    daylight saving rules the phone is told. `contacts` are its customer's phone book.
    """

    device: Device
    model: Model
    settings: Settings
    provisioning_url: str
    server_host: str
    today: date
    contacts: tuple[Contact, ...] = ()
    firmware: ToldFirmware = ToldFirmware()


@dataclass(frozen=True, slots=True)
class SharedPhone:
    """All that a file without a MAC is rendered from. `model` is None unless the path tells it.
    `server_url` is where all phones may come, without anybody's token; empty where there is none.
    """

    model: Model | None
    settings: Settings
    server_host: str
    today: date
    server_url: str = ""


@dataclass(frozen=True, slots=True)
class BootStep:
    """One request of a boot. `path` is relative to the provisioning URL, or an absolute URL when a
    file named one. `file` is the kind of file, empty for one that the vendor's folder does not
    list. An `optional` file may be missing without harm."""

    path: str
    method: str
    optional: bool
    note: str
    file: str


@dataclass(frozen=True, slots=True)
class ReadAccount:
    """A SIP account as the phone would register it. `transport` is the neutral word of
    `sip.transport`; `port` is 0 where the phone finds it by DNS. `proxy` is where it sends SIP
    instead of to the registrar, empty where it does not, or where the vendor's folder does not
    tell."""

    number: int
    user: str
    auth_user: str
    password: Secret
    registrar: str
    port: int
    transport: str
    display_name: str
    proxy: str = ""
    proxy_port: int = 0


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """What a phone makes of all the files that it fetched: its parameters, and its accounts."""

    parameters: Mapping[str, str]
    accounts: tuple[ReadAccount, ...]
