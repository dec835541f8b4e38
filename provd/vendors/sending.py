"""From a rendered file to what is sent: encrypted where phone and vendor are ready for it."""

from __future__ import annotations

from provd.devices.secret import Secret
from provd.errors import SimulationError
from provd.vendors.encryption import FORM, FORMS, KEY, Encrypted, decrypt, encrypt
from provd.vendors.values import FileKind, Model, Phone, SharedPhone


def sent(file: FileKind, phone: Phone | SharedPhone, content: bytes) -> Encrypted:
    """Raises RenderError for a key that the form can't take."""
    how = file.encryption(phone.model, str(phone.settings.get(FORM) or ""))
    key = phone.settings.get(KEY)
    if how is None or not isinstance(key, Secret):
        return Encrypted(content, file.media_type, "")
    return encrypt(how.form, content, key.reveal(), packed=how.packed)


def opened(file: FileKind, model: Model, content: bytes, key: str) -> bytes:
    """What the phone reads, given its key, which is empty when it has none: it takes each form that
    it knows. Raises SimulationError where it can't."""
    forms = [one.form for one in file.encryptions_of(model)]
    forms = [form for form in forms if content.startswith(FORMS[form].marks)]
    if any(FORMS[form].marks for form in forms):
        forms = [form for form in forms if FORMS[form].marks]
    elif len(forms) < len(file.encryptions_of(model)) and _is_text(content):
        return content  # what has no mark may be clear
    for at, form in enumerate(forms, start=1):
        try:
            return decrypt(form, content, key)
        except SimulationError:
            if at == len(forms):
                raise
    return content


def _is_text(content: bytes) -> bool:
    try:
        return content.decode().isprintable() or b"\n" in content
    except UnicodeDecodeError:
        return False
