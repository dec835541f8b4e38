"""Switzerland's QR reference: 26 digits and a check digit, which goes with a QR-IBAN alone
(Swiss Implementation Guidelines for the QR-bill, 2.2, annex B)."""

from __future__ import annotations

import re

_LENGTH = 27
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
_QR_BANKS = range(30_000, 32_000)


def is_qr_iban(iban: str) -> bool:
    """Whether its bank's number, digits 5 to 9, is one of those kept for QR-IBANs."""
    return iban[:2] in {"CH", "LI"} and iban[4:9].isdecimal() and int(iban[4:9]) in _QR_BANKS


def is_qr_reference(text: str) -> bool:
    """Whether it has 27 digits, of which the last checks the others; blanks don't count."""
    digits = text.replace(" ", "")
    whole = bool(re.fullmatch(rf"[0-9]{{{_LENGTH}}}", digits))
    return whole and int(digits) > 0 and _check_digit(digits[:-1]) == digits[-1]


def qr_reference(text: str) -> str:
    """The text itself where it is one, without blanks; else the one of the digits in it. Empty
    where it has none, or more than 26."""
    if is_qr_reference(text):
        return text.replace(" ", "")
    digits = "".join(re.findall("[0-9]", text)).lstrip("0")
    if not 0 < len(digits) < _LENGTH:
        return ""
    body = digits.rjust(_LENGTH - 1, "0")
    return body + _check_digit(body)


def grouped_in_fives(reference: str) -> str:
    """As it is printed: two digits, then fives."""
    rest = reference[2:]
    return " ".join([reference[:2], *(rest[at : at + 5] for at in range(0, len(rest), 5))])


def _check_digit(digits: str) -> str:
    """Modulo 10, recursive."""
    carry = 0
    for digit in digits:
        carry = _CARRY[(carry + int(digit)) % 10]
    return str((10 - carry) % 10)
