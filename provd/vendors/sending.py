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
    elif len(forms) < len(file.encryptions_of(model)) and _is_text(content, file.encoding):
        return content  # what has no mark may be clear
    for at, form in enumerate(forms, start=1):
        try:
            clear = decrypt(form, content, key)
            if clear != content and not _is_text(clear, file.encoding):
                raise SimulationError(f"with the phone's key the file opens to no text ({form})")
            return clear
        except SimulationError:
            if at == len(forms):
                raise
    return content


def _is_text(content: bytes, encoding: str) -> bool:
    """What another key makes of an encrypted file has an end as it should be once in 256 times, and
    no control characters hardly ever."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any(character < " " and character not in "\t\r\n" for character in text)
