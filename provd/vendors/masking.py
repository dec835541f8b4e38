"""A phone whose secrets are others: what is rendered from it may be looked at.

No secret is searched for in a file and covered there: none is put into it. So none can be seen,
in whatever form a template writes it (escaped, in an URL, in base64).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provd.devices.secret import Secret
from provd.vendors.values import Phone

MASK = str(Secret(""))

_STAND_IN = "qS3CRETq"


def masked(phone: Phone, token: str = "") -> Phone:
    """The phone with a stand-in for each secret, and for `token` in its provisioning address."""
    lines = tuple(replace(line, password=_stand_in(line.password)) for line in phone.device.lines)
    url = phone.provisioning_url
    return replace(
        phone,
        device=replace(phone.device, lines=lines),
        settings=phone.settings.replaced(_without_secrets(dict(phone.settings.items()))),
        provisioning_url=url.replace(token, _STAND_IN) if token else url,
    )


def shown(text: str) -> str:
    """A text that was made from a masked phone, as people see it."""
    return text.replace(_STAND_IN, MASK)


def _without_secrets(values: Mapping[str, object]) -> dict[str, object]:
    return {key: _stand_in(value) for key, value in values.items() if isinstance(value, Secret)}


def _stand_in(secret: Secret) -> Secret:
    """Of an empty secret nothing: templates ask whether there is one."""
    return Secret(_STAND_IN) if secret else secret
