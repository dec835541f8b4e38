"""Which port of which switch feeds a phone, and how the switch is told."""

from __future__ import annotations

from dataclasses import dataclass

from provd.devices.layers import Settings
from provd.devices.secret import Secret
from provd.errors import InputError

SNMP_PORT = 161
SHORTEST_PASSWORD = 8
"""RFC 3414, 11.2."""


@dataclass(frozen=True, slots=True)
class Community:
    """SNMP 2c."""

    name: Secret


@dataclass(frozen=True, slots=True)
class User:
    """SNMP 3, always with authentication and encryption; the words are those of the settings."""

    name: str
    authentication: str
    auth_password: Secret
    privacy: str
    privacy_password: Secret
    context: str = ""


@dataclass(frozen=True, slots=True)
class PowerPort:
    """`group` and `number` are the indices of pethPsePortTable."""

    switch: str
    snmp_port: int
    group: int
    number: int
    access: Community | User

    def __str__(self) -> str:
        return f"port {self.group}.{self.number} of {self.switch}"


def power_port(settings: Settings) -> PowerPort:
    """Raises InputError, naming the setting that is missing, and where a password would go to a
    switch that somebody nearer to the phone named."""
    _needed(settings, "poe.switch")
    number = _needed(settings, "poe.port")
    version = settings.get("poe.version") or ("3" if settings.get("poe.user") else "2c")
    access = _user(settings) if version == "3" else _community(settings)
    return PowerPort(
        switch=str(settings.get("poe.switch")),
        snmp_port=int(str(settings.get("poe.snmp_port") or SNMP_PORT)),
        group=int(str(settings.get("poe.group") or 1)),
        number=int(str(number)),
        access=access,
    )


def _community(settings: Settings) -> Community:
    return Community(_password(settings, "poe.community", least=1))


def _user(settings: Settings) -> User:
    return User(
        name=str(_needed(settings, "poe.user")),
        authentication=str(settings.get("poe.authentication") or "sha"),
        auth_password=_password(settings, "poe.auth_password", least=SHORTEST_PASSWORD),
        privacy=str(settings.get("poe.privacy") or "aes"),
        privacy_password=_password(settings, "poe.privacy_password", least=SHORTEST_PASSWORD),
        context=str(settings.get("poe.context") or ""),
    )


def _password(settings: Settings, key: str, *, least: int) -> Secret:
    """As with resync.password: whoever names the switch names what opens it."""
    found = _needed(settings, key)
    if not isinstance(found, Secret) or len(found.reveal()) < least:
        raise InputError("it is too short", key=key, remedy=f"Give {least} characters at least")
    named = max(settings.rank(part) for part in ("poe.switch", "poe.snmp_port", "poe.version"))
    if settings.rank(key) < named:
        raise InputError(
            f"the switch is named nearer to the phone than {key}",
            key=key,
            remedy=f"Set poe.switch and {key} in the same place",
        )
    return found


def _needed(settings: Settings, key: str) -> object:
    found = settings.get(key)
    if found is None:
        raise InputError(
            f"{key} is not set, so nobody knows what feeds the phone", key=key, remedy="Set it"
        )
    return found
