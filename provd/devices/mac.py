"""MAC addresses as people, labels and scanners write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provd.errors import MacError

_PREFIX = re.compile(
    r"^(?:mac(?:[ _-]?(?:address|addr|id))?|wlan|lan|eth)\s*[:=#]?\s*", re.IGNORECASE
)
_GROUPS = re.compile(
    r"^(?:[0-9a-f]{2}([:\- ])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}"
    r"|[0-9a-f]{4}([.:\- ])[0-9a-f]{4}\2[0-9a-f]{4}"
    r"|[0-9a-f]{6}[:\- .][0-9a-f]{6}"
    r"|[0-9a-f]{12})$"
)


_DIGITS = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, order=True)
class Mac:
    """A unicast EUI-48, kept as 12 lower-case hexadecimal digits in `digits`."""

    digits: str

    def __post_init__(self) -> None:
        if not _DIGITS.fullmatch(self.digits):
            raise MacError("a MAC is kept as 12 lower-case hexadecimal digits", key=self.digits)

    @classmethod
    def parse(cls, text: str) -> Mac:
        """Reads any usual notation: 00:15:65:AA:BB:CC, 00-15-.., 0015.65aa.bbcc, 001565aabbcc,
        001565-aabbcc, with blanks around and a label's "MAC:" before.

        Raises MacError, with a remedy, for anything else, and for addresses that no device bears
        (multicast, broadcast, all zeros).
        """
        bare = _PREFIX.sub("", text.strip()).strip().lower()
        if not _GROUPS.match(bare):
            shown = text.strip()[:40]
            raise MacError(
                f"“{shown}” is not a MAC address" if shown else "no MAC address was given",
                remedy="A MAC has 12 digits 0-9 and A-F, as on the label under the phone, "
                "for example 80:5E:C0:12:34:56",
            )
        digits = re.sub(r"[^0-9a-f]", "", bare)
        if int(digits[:2], 16) & 1 or digits == "0" * 12:
            raise MacError(
                f"{text.strip()[:40]} is a group address, which no single device bears",
                remedy="Scan the label again",
            )
        return cls(digits)

    @property
    def oui(self) -> str:
        """The first six digits: who was assigned the block. A hint, never a proof of the vendor."""
        return self.digits[:6]

    def grouped(self, separator: str = ":") -> str:
        """In pairs, lower case: 00:15:65:aa:bb:cc."""
        return separator.join(self.digits[at : at + 2] for at in range(0, 12, 2))

    def __str__(self) -> str:
        return self.grouped()
