"""The `dhcp:` section of plugin.yaml: by which options, and by which vendor class, phones are told
where their files are.

The rows say what the vendor's phones read. What a DHCP server is to send them, for one site, is
made of these by `provd.dhcp`, which knows the servers' syntaxes; nothing here does.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from provd.vendors.values import Fact

PLACEHOLDERS = ("url", "base", "scheme", "host", "port", "path", "address", "vlan")
"""What may stand in braces in the value of an option: the address where phones begin
(https://host:6902/), the same without the last slash, its parts, the server's IPv4 address, and
the VLAN of the site's phones. An option that needs what the site does not have is left out."""

When = dict[str, Annotated[list[Fact], Field(min_length=1)]]
"""Column of the models -> what stands there in the rows that are meant."""

Scheme = Literal["https", "http", "tftp"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _vendor_class(text: str) -> str:
    if not re.fullmatch("0x([0-9a-f]{2}){3,64}|[ -~]{3,64}", text):
        raise ValueError("give 3 to 64 printable ASCII characters, or octets as 0x0000363d")
    return text


def _url_parts(text: str) -> str:
    return _with(text, PLACEHOLDERS[:6])


def _with(text: str, known: tuple[str, ...]) -> str:
    """The text, if what stands in braces is known."""
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None and (name not in known or form or conversion):
            shown = ", ".join(f"{{{each}}}" for each in known)
            raise ValueError(f"there is no {{{name}}} here; there are: {shown}")
    return text


UrlText = Annotated[str, AfterValidator(_url_parts)]
"""A text with the url or parts of it in braces."""
VendorClass = Annotated[str, AfterValidator(_vendor_class)]
Code = Annotated[int, Field(ge=1, le=254)]


class DhcpOptionRow(_Strict):
    """One DHCP option, or one sub-option of it.

    `form` says what the phone expects there: `url`; `host`, a bare name or address; `address`, four
    octets; `text`, the `value` with PLACEHOLDERS in braces (`{{mac}}` is a brace that the phone
    itself replaces); `octets`, the `value` in hexadecimal. With `suboption` it stands encapsulated
    in the option as code, length, content (RFC 2132, 8.4); with `enterprise` besides, in a
    vendor-identifying option 124 or 125 (RFC 3925). With `schemes` it is only for phones that are
    sent there by one of these.
    """

    code: Code
    suboption: Code | None = None
    enterprise: Annotated[int, Field(ge=0, le=0xFFFFFFFF)] | None = None
    form: Literal["url", "host", "address", "text", "octets"]
    value: str = ""
    schemes: list[Scheme] = []
    note: str = ""

    @model_validator(mode="after")
    def _value_fits_form(self) -> Self:
        if self.form == "text":
            if not self.value:
                raise ValueError("value: the form text needs one")
            _with(self.value, PLACEHOLDERS)
        elif self.form == "octets":
            if not re.fullmatch("([0-9a-f]{2})+", self.value):
                raise ValueError('value: octets are pairs of hexadecimal digits, as "0a00"')
        elif self.value:
            raise ValueError(f"value: the form {self.form} has none")
        if self.enterprise is not None and (self.code not in (124, 125) or not self.suboption):
            raise ValueError("enterprise: only the sub-options of 124 and 125 have one")
        return self


class DhcpRow(_Strict):
    """What phones of one family read; most vendors have one family, without a `title`.

    `classes` are what their option 60 begins with (octets as 0x0000363d), none where they send
    nothing that tells them apart (then their MACs' first half must, where the DHCP server can look
    at it). `schemes` are the protocols they fetch by, the best first. `options` are in the order in
    which the phone takes them: the first that it finds counts. `when` limits the row to models:
    column -> values.
    """

    title: str = ""
    classes: list[VendorClass] = []
    when: When = {}
    schemes: Annotated[list[Scheme], Field(min_length=1)] = ["https", "http", "tftp"]
    options: Annotated[list[DhcpOptionRow], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_option_once(self) -> Self:
        for scheme in get_args(Scheme):
            options = [one for one in self.options if not one.schemes or scheme in one.schemes]
            seen = [(one.code, one.suboption) for one in options]
            whole = {code for code, suboption in seen if suboption is None}
            if len(set(seen)) < len(seen) or any(code in whole for code, sub in seen if sub):
                raise ValueError("options: each code once, or several sub-options of it")
        return self


def fill(value: str, given: dict[str, str]) -> str:
    """The value with its placeholders replaced; KeyError for one that is not given."""
    return Formatter().vformat(value, (), given)


def needs(value: str) -> frozenset[str]:
    """The placeholders in a value."""
    return frozenset(name for _, name, _, _ in Formatter().parse(value) if name is not None)


def class_from(octets: bytes) -> str:
    """Option 60 as text, or, where it holds anything else, as 0x0000a1b2."""
    plain = all(0x20 <= octet <= 0x7E for octet in octets) and not octets.startswith(b"0x")
    return octets.decode("ascii") if plain else f"0x{octets.hex()}"


def class_octets(vendor_class: str) -> bytes:
    """As it stands in option 60."""
    if vendor_class.startswith("0x"):
        return bytes.fromhex(vendor_class[2:])
    return vendor_class.encode("ascii")
