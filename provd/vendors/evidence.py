"""What a request tells about who sent it, and how much each part of it counts."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.exchange import ClientCertificate


class Source(enum.StrEnum):
    """The strongest first. A MAC's prefix is none: it only chooses among what they leave open."""

    CERTIFICATE = "certificate"
    AGENT = "user agent"
    VENDOR_CLASS = "DHCP vendor class"
    ANNOUNCEMENT = "plug-and-play"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Announced:
    """What a phone says of itself by SIP plug-and-play; its User-Agent counts apart."""

    vendor: str
    model: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`vendor_class` is DHCP's option 60, a character for each octet (ISO 8859-1). The chain of the
    certificate has been verified; `proven` is the vendor of one that was shown earlier. What there
    is not is empty."""

    agent: str = ""
    path: str = ""
    vendor_class: str = ""
    announced: Announced | None = None
    certificate: ClientCertificate | None = None
    proven: str = ""


@dataclass(frozen=True, slots=True)
class Clue:
    """One vendor that one source may mean, with what it tells besides."""

    source: Source
    vendor: str
    model: str = ""
    version: str = ""
    mac: Mac | None = None
