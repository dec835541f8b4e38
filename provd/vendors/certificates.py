"""Which MAC a factory certificate proves, by the vendor's declared rule and nothing looser.

A certificate counts when one of the vendor's own authorities issued it and a whole value of its
subject has the declared form. A MAC that merely occurs in a longer value proves nothing, and a
certificate that many phones share proves nothing either. That the chain is good, the TLS layer has
seen to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from provd.devices.mac import Mac
from provd.errors import MacError
from provd.exchange import ClientCertificate
from provd.vendors.manifest import CertificateRow, SubjectRow

_ANY = "any"
_FORMS = {
    "mac": r"(?P<mac>[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})",
    "word": r"[0-9A-Za-z]+",
}


class CertificateRule:
    """One vendor's `certificate:` section."""

    def __init__(self, row: CertificateRow) -> None:
        self._issuers = frozenset(row.issuers)
        self._generic = frozenset(value.casefold() for value in row.generic)
        self._subjects = [(each.attribute, _whole(each)) for each in row.subjects]

    def mac(self, certificate: ClientCertificate) -> Mac | None:
        """None for another issuer's certificate, a generic one, one without a MAC, or with two."""
        if certificate.issuer_name not in self._issuers:
            return None
        if any(value.casefold() in self._generic for _, value in certificate.subject):
            return None
        found = set(self._macs(certificate))
        return found.pop() if len(found) == 1 else None

    def _macs(self, certificate: ClientCertificate) -> Iterator[Mac]:
        for wanted, form in self._subjects:
            for attribute, value in certificate.subject:
                if wanted in (_ANY, attribute) and (match := form.fullmatch(value)):
                    try:
                        yield Mac.parse(match["mac"])
                    except MacError:
                        continue  # a group address is nobody's


def _whole(row: SubjectRow) -> re.Pattern[str]:
    parts = re.split(r"\{(mac|word)\}", row.value)
    return re.compile(
        "".join(_FORMS[part] if at % 2 else re.escape(part) for at, part in enumerate(parts))
    )
