"""What a template sees: flat names, because a look-up through objects costs five times as much.

Every setting for phones is there, None where no layer sets it; a name that is no variable is an
error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from provd.devices.device import Key, Line
from provd.devices.layers import Settings
from provd.devices.secret import Secret
from provd.devices.settings import VOCABULARY
from provd.errors import RenderError
from provd.vendors.filters import with_port
from provd.vendors.notes import note
from provd.vendors.timezones import zone_rule
from provd.vendors.values import Model, Phone, SharedPhone

_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061, "dns-srv": 0}
_DEFAULT_TRANSPORT = "udp"

_PHONEBOOK_URL = "phonebook_url"

LINE_KEY = "line"
LINE_KEYS = "line_keys"
"""The models' column that tells how many lines have a key of their own on the phone."""

HELD_BY = {
    "zone": ("time_zone",),
    "lines": ("sip_registrar", "sip_port"),
    "servers": ("sip_registrar", "sip_port"),
}
"""Variable -> settings that reach a template inside it."""

FIRMWARE = frozenset({"firmware_file", "firmware_version", "firmware_url"})
"""Variables that the settings firmware.* are about: without any of them a vendor has no form."""

HELD_AS = {
    "voicemail": "voicemail_number",
    "shared": "lines_shared",
    "auto_answer": "lines_auto_answer",
}
"""Attribute of a line -> setting that reaches a template so."""

_VARIABLES = {row.key: row.variable for row in VOCABULARY.values() if row.for_phones}
_UNSET: dict[str, object] = dict.fromkeys(_VARIABLES.values())


@dataclass(frozen=True, slots=True)
class Server:
    """A registrar, for phones that number their servers; several lines may share one."""

    number: int
    registrar: str
    port: int


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A line with nothing left open. `port` is 0 where the phone shall ask the DNS. `server` is
    the registrar's number among the phone's servers."""

    number: int
    user: str
    auth_user: str
    password: Secret
    display_name: str
    label: str
    registrar: str
    port: int
    server: int
    voicemail: str
    shared: bool
    auto_answer: bool


def phone_variables(
    phone: Phone, kinds_of_keys: frozenset[str], phonebook_path: str
) -> dict[str, object]:
    """For a device's own files. `phonebook_path` is that of the file with the contacts, empty where
    the vendor has none. Raises RenderError for more lines or keys than the model has, for a kind of
    key that the vendor lacks, and for a line without a registrar."""
    device, firmware = phone.device, phone.firmware
    if firmware.missing:
        said = f"{firmware.missing} is not on the shelf for this model"
        note(firmware.missing, "firmware.version", said)
    variables = _common(phone.model, phone.settings, phone.today)
    keys, lines = _keys(phone, kinds_of_keys), _lines(phone)
    return variables | {
        "mac": device.mac.digits,
        "lines": lines,
        "servers": _servers(lines),
        "unused_lines": _unused_lines(phone),
        "keys": tuple(key for key in keys if not key.module),
        "module_keys": tuple(key for key in keys if key.module),
        **_unused_keys(keys, phone.model),
        "raw": phone.settings.raw(device.vendor),
        "device_label": device.label,
        "provisioning_url": phone.provisioning_url,
        "server_host": phone.server_host,
        "server_url": phone.provisioning_url,
        "contacts": phone.contacts,
        "phonebook_url": variables[_PHONEBOOK_URL] or _phonebook_url(phone, phonebook_path),
        "firmware_file": firmware.file,
        "firmware_version": firmware.version,
        "firmware_url": firmware.url,
    }


def shared_variables(phone: SharedPhone) -> dict[str, object]:
    """For a file without a MAC: no lines, no keys, no raw parameters, which may be passwords, and
    no URL, which may hold a device's token."""
    return _common(phone.model, phone.settings, phone.today) | {
        "mac": "",
        "lines": (),
        "servers": (),
        "unused_lines": (),
        "keys": (),
        "module_keys": (),
        "unused_keys": (),
        "unused_module_keys": (),
        "raw": {},
        "device_label": "",
        "provisioning_url": "",
        "server_host": phone.server_host,
        "server_url": phone.server_url or f"tftp://{with_port(phone.server_host, None)}/",
        "contacts": (),
        "firmware_file": "",
        "firmware_version": "",
        "firmware_url": "",
    }


def names(columns: Sequence[str]) -> frozenset[str]:
    """Every variable that a template may name, given the columns of the vendor's models."""
    model = {"model", "model_title", "model_keys", "model_modules", "model_module_keys"}
    model |= {f"model_{column}" for column in columns}
    other = {
        "mac",
        "lines",
        "servers",
        "unused_lines",
        "keys",
        "module_keys",
        "raw",
        "device_label",
    }
    other |= {
        "provisioning_url",
        "server_host",
        "server_url",
        "zone",
        "words",
        "accounts",
        "contacts",
    }
    other |= {"unused_keys", "unused_module_keys", "fingerprint"}
    other |= {"firmware_file", "firmware_version", "firmware_url"}
    return frozenset(model | other | set(_UNSET))


def _common(model: Model | None, settings: Settings, today: date) -> dict[str, object]:
    variables = _UNSET | {
        _VARIABLES[key]: value for key, value in settings.items() if key in _VARIABLES
    }
    zone = settings.get("time.zone")
    variables["zone"] = zone_rule(str(zone), today) if zone else None
    if model:
        variables |= {"model": model, "model_lines": model.lines, "model_keys": model.keys}
        variables |= {"model_name": model.name, "model_title": model.title}
        variables |= {"model_modules": model.modules, "model_module_keys": model.module_keys}
        variables |= {f"model_{column}": fact for column, fact in model.facts.items()}
    return variables


def _phonebook_url(phone: Phone, path: str) -> str | None:
    """Our own phone book, for a phone that was told no other and knows where we are."""
    own = phone.contacts and path and phone.provisioning_url
    return f"{phone.provisioning_url}{path}" if own else None


def _lines(phone: Phone) -> tuple[PhoneLine, ...]:
    lines = phone.device.lines
    highest = max((line.number for line in lines), default=0)
    if highest > phone.model.lines:
        raise RenderError(
            f"the device has a line {highest}; {phone.model.title} has {phone.model.lines} of them"
        )
    ordered = sorted(lines, key=lambda line: line.number)
    registrars = dict.fromkeys(_registrar(line, phone.settings) for line in ordered)
    numbers = {registrar: number for number, registrar in enumerate(registrars, start=1)}
    return tuple(_line(line, phone.settings, numbers) for line in ordered)


def _servers(lines: Sequence[PhoneLine]) -> tuple[Server, ...]:
    """In the order in which the lines name them first."""
    found = {line.server: Server(line.server, line.registrar, line.port) for line in lines}
    return tuple(found[number] for number in sorted(found))


def _unused_lines(phone: Phone) -> tuple[int, ...]:
    """The model's other accounts, so that a file can switch off what a phone had before."""
    used = {line.number for line in phone.device.lines}
    return tuple(number for number in range(1, phone.model.lines + 1) if number not in used)


def _registrar(line: Line, settings: Settings) -> str:
    registrar = line.registrar or str(settings.get("sip.registrar") or "")
    if not registrar:
        raise RenderError(f"line {line.number} has no registrar: set sip.registrar, or the line's")
    return registrar


def _line(line: Line, settings: Settings, servers: Mapping[str, int]) -> PhoneLine:
    registrar = _registrar(line, settings)
    transport = settings.get("sip.transport") or _DEFAULT_TRANSPORT
    port = settings.get("sip.port") or _PORTS[str(transport)]
    return PhoneLine(
        number=line.number,
        user=line.user,
        auth_user=line.auth_user or line.user,
        password=line.password,
        display_name=line.display_name or line.user,
        label=line.label or line.display_name or line.user,
        registrar=registrar,
        port=int(str(port)),
        server=servers[registrar],
        voicemail=line.voicemail or str(settings.get("voicemail.number") or ""),
        shared=_chosen(line, settings, "lines.shared"),
        auto_answer=_chosen(line, settings, "lines.auto_answer"),
    )


def _chosen(line: Line, settings: Settings, key: str) -> bool:
    numbers = settings.get(key)
    return isinstance(numbers, tuple) and line.number in numbers


def _keys(phone: Phone, kinds: frozenset[str]) -> tuple[Key, ...]:
    """The device's keys; lines without a key of their own, on the phone or programmed, take the
    first positions left free."""
    keys = {(key.module, key.position): key for key in phone.device.keys}
    for key in keys.values():
        if key.kind not in kinds:
            raise RenderError(f"key {key.position}: this vendor has no keys of kind “{key.kind}”")
        check_place(key, phone.model)
    placed = {key.line for key in keys.values() if key.kind == LINE_KEY}
    taken = {position for module, position in keys if not module}
    free = _free_positions(taken, phone.model.keys)
    lines = sorted(phone.device.lines, key=lambda line: line.number) if LINE_KEY in kinds else ()
    own = int(phone.model.facts.get(LINE_KEYS, 0))
    for line in lines:
        if line.number > own and line.number not in placed and (position := next(free, None)):
            keys[0, position] = Key(position, LINE_KEY, line=line.number)
    return tuple(keys[place] for place in sorted(keys))


def _unused_keys(keys: Sequence[Key], model: Model) -> dict[str, object]:
    """The model's other keys, so that a file can take away what they did before: positions, and
    (module, position) on expansion modules."""
    used = {(key.module, key.position) for key in keys}
    modules = range(1, model.modules + 1)
    return {
        "unused_keys": tuple(k for k in range(1, model.keys + 1) if (0, k) not in used),
        "unused_module_keys": tuple(
            (module, position)
            for module in modules
            for position in range(1, model.module_keys + 1)
            if (module, position) not in used
        ),
    }


def check_place(key: Key, model: Model) -> None:
    """Raises RenderError for a key that the model does not have."""
    if not 0 <= key.module <= model.modules:
        raise RenderError(
            f"a key is on expansion module {key.module}; {model.title} takes {model.modules}"
        )
    most = model.module_keys if key.module else model.keys
    if not 1 <= key.position <= most:
        of = f"expansion module {key.module}" if key.module else model.title
        raise RenderError(f"the device has a key {key.position}; {of} has {most} of them")


def _free_positions(taken: set[int], last: int) -> Iterator[int]:
    return iter([position for position in range(1, last + 1) if position not in taken])
