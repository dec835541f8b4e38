"""Where phones are to begin, in the words that a vendor's folder uses for it (PLACEHOLDERS)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import urlsplit

_PORTS = {"https": 443, "http": 80, "tftp": 69}


@dataclass(frozen=True, slots=True)
class Way:
    """`url` ends in a slash. `address` is the server's, None where it is not known; `vlan` is 0
    where the phones have none."""

    scheme: str
    url: str
    server: str
    address: IPv4Address | None = None
    vlan: int = 0

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.server

    def given(self) -> dict[str, str]:
        """Placeholder -> what stands for it; what there is not is left out."""
        parts = urlsplit(self.url)
        all_of_them = {
            "url": self.url,
            "base": self.url.rstrip("/"),
            "scheme": self.scheme,
            "host": self.host,
            "port": str(parts.port or _PORTS[self.scheme]),
            "path": parts.path,
            "address": str(self.address or ""),
            "vlan": str(self.vlan or ""),
        }
        return {name: value for name, value in all_of_them.items() if value}
