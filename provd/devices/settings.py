"""The neutral vocabulary: every setting that provd knows, one row each, for all vendors.

A new setting is one row here, and a line in the templates of the vendors that can do it.
`raw.<vendor>.<parameter>` lets a vendor's own parameter through, checked like any other value.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from provd.devices.device import Line
from provd.devices.kinds import (
    Kind,
    boolean,
    choice,
    host,
    integer,
    many,
    secret,
    text,
    time_zone,
    url,
)
from provd.devices.secret import Secret
from provd.devices.standing import TrustWay
from provd.errors import SettingError

RAW_PREFIX = "raw."

_RAW_KEY = re.compile(r"raw\.[a-z][a-z0-9_]*\.[A-Za-z][A-Za-z0-9_.\[\]-]*")
_DIALLED = r"[0-9*#+]*"
_PORT = integer(1, 65535)
_USER_WANTED = "Give it without a domain, blanks and quotes, at most 64 characters"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row. `doc` is for people who choose a value. What is not `for_phones` tells provd how to
    treat them, and reaches no template."""

    key: str
    kind: Kind
    doc: str
    for_phones: bool = True

    @property
    def variable(self) -> str:
        """Its name in a vendor's templates: time.zone is time_zone."""
        return self.key.replace(".", "_")

    @property
    def secret(self) -> bool:
        return self.kind.secret

    def check(self, value: object, *, where: str = "") -> object:
        """The value as it is kept (lists as tuples, passwords as Secret); None stays None.

        Raises SettingError with key and remedy; `where` is the file or layer for its text.
        """
        if value is None:
            return None
        try:
            return self.kind.check(value)
        except ValueError as error:
            raise SettingError(
                str(error), where=where, key=self.key, remedy=self.kind.wanted
            ) from None


_ROWS = (
    Setting("sip.registrar", host(), "Where lines register, unless a line names its own"),
    Setting("sip.port", _PORT, "The registrar's port; unset: 5060, or 5061 over TLS"),
    Setting("sip.backup_registrar", host(), "Used when the registrar does not answer"),
    Setting("sip.outbound_proxy", host(), "Where SIP is sent instead of to the registrar"),
    Setting("sip.outbound_proxy_port", _PORT, "The outbound proxy's port"),
    Setting(
        "sip.transport",
        choice("udp", "tcp", "tls", "dns-srv"),
        "How SIP is carried; dns-srv leaves it to the DNS (RFC 3263)",
    ),
    Setting("sip.expires", integer(60, 86400), "Seconds for which a registration is asked"),
    Setting("srtp.mode", choice("off", "optional", "required"), "Encryption of the voice"),
    Setting(
        "dtmf.mode",
        choice("rfc2833", "info", "inband", "rfc2833-and-info"),
        "How keys pressed in a call are sent (RFC 2833, now RFC 4733)",
    ),
    Setting(
        "codecs",
        many(choice("opus", "g722", "pcma", "pcmu", "g729", "ilbc", "g726-32"), 7),
        "Offered in this order; those that a model lacks are left out",
    ),
    Setting("voicemail.number", text(32, pattern=_DIALLED), "What the message key dials"),
    Setting("voicemail.mwi", boolean(), "Subscribe to the message waiting lamp"),
    Setting("calls.waiting", boolean(), "Signal a second call during a call"),
    Setting("calls.dnd", boolean(), "The user may switch on do-not-disturb"),
    Setting(
        "dial_plan.digit_map",
        text(512, pattern=r"[0-9A-DTtXx*#+.,|\[\]-]*", wanted="Use 0-9 * # x . T | [ ] and -"),
        "When a number is complete, in MGCP form (RFC 3435, 2.1.5): [2-9]xx|0x.T",
    ),
    Setting("network.vlan.id", integer(1, 4094), "802.1Q VLAN of the phone"),
    Setting("network.vlan.priority", integer(0, 7), "802.1p priority of the phone"),
    Setting("network.pc_vlan.id", integer(1, 4094), "802.1Q VLAN of the phone's PC port"),
    Setting("network.pc_vlan.priority", integer(0, 7), "802.1p priority of the PC port"),
    Setting("network.lldp", boolean(), "Take the VLAN from the switch by LLDP"),
    Setting("time.zone", time_zone(), "IANA name; daylight saving follows from it"),
    Setting("time.format", choice("12h", "24h"), "How the clock is shown"),
    Setting("ntp.servers", many(host(), 2), "Time servers, the preferred one first"),
    Setting(
        "language",
        choice("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "zh"),
        "Of the phone's display (ISO 639-1)",
    ),
    Setting(
        "tones.country",
        text(2, pattern="[A-Z]{2}", wanted="Give two capital letters (ISO 3166), in quotes"),
        "Whose dial, ring and busy tones are played",
    ),
    Setting("web.admin_password", secret(32), "For the phone's own pages, as administrator"),
    Setting("web.user_password", secret(32), "For the phone's own pages, as user"),
    Setting("syslog.server", host(), "Where the phone sends its log; unset: nowhere"),
    Setting("syslog.level", choice("error", "warning", "info", "debug"), "How much it logs"),
    Setting("provisioning.at_boot", boolean(), "Fetch the configuration at each boot"),
    Setting("provisioning.resync", boolean(), "Fetch it daily, within the hours below"),
    Setting(
        "provisioning.resync_from",
        integer(0, 23),
        "Hour at which the window opens, by the phone's clock; each picks a random time in it",
    ),
    Setting("provisioning.resync_until", integer(0, 23), "Hour at which the window closes"),
    Setting(
        "provisioning.legacy",
        boolean(),
        "The phone knows old TLS only, and is sent to listen.legacy_url",
        for_phones=False,
    ),
    Setting("provisioning.user", text(64), "With which the phone asks for its files"),
    Setting("provisioning.password", secret(), "That user's"),
    Setting(
        "provisioning.uploads",
        boolean(),
        "Take the logs and the changes that the phone sends, and give it its changes back",
        for_phones=False,
    ),
    Setting(
        "trust.ways",
        many(choice(*TrustWay), len(TrustWay)),
        "How a phone may prove itself; unset: in every way",
        for_phones=False,
    ),
    Setting("phonebook.url", url("http", "https", "tftp"), "A phone book in the vendor's form"),
)

VOCABULARY: Mapping[str, Setting] = MappingProxyType({row.key: row for row in _ROWS})
"""Dotted key -> row, in the order in which people read about them."""

LINE_FIELDS: Mapping[str, Setting] = MappingProxyType(
    {
        row.key: row
        for row in (
            Setting("user", text(64, pattern=r"[^\s@<>\"]+", wanted=_USER_WANTED),
                    "The SIP user, without a domain"),
            Setting("password", secret(), "The SIP password"),
            Setting("auth_user", text(64), "The SIP user for authentication, where it differs"),
            Setting("display_name", text(64), "What the called party sees"),
            Setting("label", text(64), "What the phone's own display shows"),
            Setting("registrar", Kind(lambda value: value and host().check(value), host().wanted),
                    "This line's own registrar"),
            Setting("voicemail", text(32, pattern=_DIALLED), "This line's own message number"),
        )
    }
)  # fmt: skip
"""Field of a Line -> row. Empty text is allowed in all but `user`."""


def setting(key: str, *, where: str = "") -> Setting:
    """The row of a key, or one made for a raw.<vendor>.<parameter>.

    Raises SettingError, naming the nearest key there is.
    """
    if key in VOCABULARY:
        return VOCABULARY[key]
    if _RAW_KEY.fullmatch(key):
        return Setting(key, _RAW, "A vendor's own parameter, let through")
    raise SettingError("there is no such setting", where=where, key=key, remedy=_nearest(key))


def check_line(line: Line) -> Line:
    """The line, each field checked. Raises SettingError whose key is the field's name."""
    where = f"line {line.number}"
    fields = {
        name: row.check(getattr(line, name), where=where) for name, row in LINE_FIELDS.items()
    }
    return dataclasses.replace(line, **fields)  # type: ignore[arg-type]  # each row keeps its type


def _nearest(key: str) -> str:
    if key.startswith(RAW_PREFIX):
        return "A raw parameter is written raw.<vendor>.<parameter>, in the vendor's own letters"
    near = difflib.get_close_matches(key, VOCABULARY, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else "profiles/default.yaml names them all"


def _check_raw(value: object) -> object:
    """A raw value may be any scalar; whether it is right only the vendor knows."""
    if isinstance(value, bool | int | Secret):
        return value
    return text(1024).check(value)


_RAW = Kind(_check_raw, "Give one line of text, a whole number, true or false")
