"""Rows of the vocabulary by which provd reaches a phone that does not ask by itself: through a SIP
server, or by its power. No phone is told any of them."""

from __future__ import annotations

from provd.devices.kinds import Kind, choice, host, integer, secret, text
from provd.devices.setting import Setting

_PORT = integer(1, 65535)
_INDEX = integer(1, 2**31 - 1)
_USER = text(64, pattern=r"[^\s@<>\"\\]+", wanted="Give it without a domain, blanks and quotes")


def _row(key: str, kind: Kind, doc: str) -> Setting:
    return Setting(key, kind, doc, for_phones=False)


ROWS = (
    _row("resync.proxy", host(), "SIP server that passes on what makes a phone fetch its files; "
         "unset: the outbound proxy or registrar of the phone's line"),
    _row("resync.port", _PORT, "That server's port; unset: 5060, or 5061 over TLS"),
    _row("resync.transport", choice("udp", "tcp", "tls"), "How it is reached"),
    _row("resync.user", _USER, "With which provd shows that it may; unset: as the phone's line"),
    _row("resync.password", secret(), "That user's"),
    _row("poe.switch", host(), "The switch that feeds the phone (POWER-ETHERNET-MIB, RFC 3621)"),
    _row("poe.snmp_port", _PORT, "Where it takes SNMP; unset: 161"),
    _row("poe.group", _INDEX, "The switch's group of ports, often the unit of a stack; unset: 1"),
    _row("poe.port", _INDEX, "The port in that group, as the switch numbers it for its power"),
    _row("poe.version", choice("2c", "3"), "Of SNMP; 2c sends its community in clear"),
    _row("poe.community", secret(), "With SNMP 2c: the community that may write"),
    _row("poe.user", text(32), "With SNMP 3: the user, who must authenticate and encrypt"),
    _row("poe.authentication", choice("sha", "sha256", "sha512", "md5"),
         "How that user authenticates; unset: sha"),
    _row("poe.auth_password", secret(), "For that, 8 characters at least"),
    _row("poe.privacy", choice("aes", "aes256", "des"), "How it encrypts; unset: aes, 128 bits"),
    _row("poe.privacy_password", secret(), "For that, 8 characters at least"),
    _row("poe.context", text(32), "With SNMP 3: the context, where the switch has several"),
)  # fmt: skip
