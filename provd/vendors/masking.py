"""A phone whose secrets are others: what is rendered from it may be looked at.

No secret is searched for in a file and covered there: none is put into it. So none can be seen,
in whatever form a template writes it (escaped, in an URL, in base64).
"""

from __future__ import annotations

from dataclasses import replace

from provd.devices.device import Line
from provd.devices.secret import Secret
from provd.vendors.values import Phone

MASK = str(Secret(""))

_STAND_IN, _OTHER = "qS3CRETq", "q0THERq"


def masked(phone: Phone, token: str = "", *, before: Phone | None = None) -> Phone:
    """The phone with a stand-in for each secret, and for `token` in its provisioning address.
    Secrets that are others than in `before` have another stand-in than they have there."""
    lines = tuple(
        replace(line, password=_stand_in(line.password, _former_password(before, line)))
        for line in phone.device.lines
    )
    url = phone.provisioning_url
    return replace(
        phone,
        device=replace(phone.device, lines=lines),
        settings=phone.settings.replaced(_without_secrets(phone, before)),
        provisioning_url=url.replace(token, _STAND_IN) if token else url,
    )


def shown(text: str) -> str:
    """A text that was made from a masked phone, as people see it."""
    return text.replace(_STAND_IN, MASK).replace(_OTHER, f"{MASK} (another)")


def _without_secrets(phone: Phone, before: Phone | None) -> dict[str, object]:
    return {
        key: _stand_in(value, before.settings.get(key) if before else value)
        for key, value in phone.settings.items()
        if isinstance(value, Secret)
    }


def _former_password(before: Phone | None, line: Line) -> object:
    lines = before.device.lines if before else (line,)
    return next((one.password for one in lines if one.number == line.number), None)


def _stand_in(secret: Secret, before: object) -> Secret:
    """Of an empty secret nothing: templates ask whether there is one."""
    if not secret:
        return secret
    return Secret(_STAND_IN if before in (secret, None) else _OTHER)
