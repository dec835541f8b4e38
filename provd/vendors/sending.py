"""From a rendered file to what is sent: encrypted where phone and vendor are ready for it."""

from __future__ import annotations

from provd.devices.secret import Secret
from provd.vendors.encryption import KEY, Encrypted, decrypt, encrypt
from provd.vendors.values import FileKind, Model, Phone, SharedPhone


def sent(file: FileKind, phone: Phone | SharedPhone, content: bytes) -> Encrypted:
    """Raises RenderError for a key that the form can't take."""
    how, key = file.encryption(phone.model), phone.settings.get(KEY)
    if how is None or not isinstance(key, Secret):
        return Encrypted(content, file.media_type, "")
    return encrypt(how.form, content, key.reveal(), packed=how.packed)


def opened(file: FileKind, model: Model, content: bytes, key: str) -> bytes:
    """What the phone reads, given its key, which is empty when it has none. Raises SimulationError
    where it can't."""
    how = file.encryption(model)
    return decrypt(how.form, content, key) if how else content
