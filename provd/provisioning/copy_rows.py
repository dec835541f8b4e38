"""Copies as the disk keeps them: named by keyed digests, sealed, each bound to its name.

Who reads the disk learns neither a MAC nor a token, and a row that was moved does not open.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Protocol

from provd.devices.mac import Mac
from provd.devices.standing import Standing
from provd.provisioning.copied import from_file, from_standing, to_file, to_standing
from provd.provisioning.files import File
from provd.provisioning.trust import nobodys

_PURPOSE = b"provd: names of last good copies, 1"
_NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class StandingRow:
    """`mac` and `token` are keyed digests, `mark` is one of the whole standing, and the same for
    equal ones."""

    device_id: int
    mac: bytes
    token: bytes
    mark: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class FileRow:
    """`name` is a keyed digest of token and kind, `token` as in its device's row, `mark` one of
    name and content."""

    name: bytes
    token: bytes
    mark: bytes
    sealed: bytes


class Seals(Protocol):
    """What seals; `open_bytes` raises SealError."""

    def seal_bytes(self, clear: bytes, *, place: str) -> bytes: ...

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes: ...


class CopyRows:
    """`key` is a secret of the installation. Reading raises SealError or ValueError for what is
    torn, altered, moved, or of another version."""

    def __init__(self, sealer: Seals, key: bytes) -> None:
        self._sealer = sealer
        self._key = hmac.digest(key, _PURPOSE, "sha256")
        self._nobodys = self.of_standing(nobodys(Mac("02" + "0" * 10), ""))

    def mac(self, mac: Mac) -> bytes:
        return self._digest(f"mac:{mac.digits}".encode())

    def token(self, digest: str) -> bytes:
        return self._digest(f"token:{digest}".encode())

    def file(self, digest: str, kind: str) -> bytes:
        return self._digest(f"file:{digest}:{kind}".encode())

    def of_standing(self, standing: Standing) -> StandingRow:
        clear = from_standing(standing)
        mac = self.mac(standing.mac)
        return StandingRow(
            device_id=standing.device_id,
            mac=mac,
            token=self.token(standing.token_digest),
            mark=self._digest(clear),
            sealed=self._sealer.seal_bytes(clear, place=_place("standing", mac)),
        )

    def of_file(self, digest: str, file: File) -> FileRow:
        """`digest` is of the device's token (devices.placement)."""
        name = self.file(digest, file.filed_as)
        sealed = self._sealer.seal_bytes(from_file(file), place=_place("file", name))
        return FileRow(name, self.token(digest), self.mark_of_file(digest, file), sealed)

    def mark_of_standing(self, standing: Standing) -> bytes:
        return self._digest(from_standing(standing))

    def mark_of_file(self, digest: str, file: File) -> bytes:
        """Without the time since which it has its content: a restart forgets that."""
        said = (file.media_type, file.etag, file.completes_boot, file.required_kinds)
        return self._digest(f"{digest}:{file.filed_as}:{said}:{file.boot_step}".encode())

    def to_standing(self, sealed: bytes, mac: bytes) -> Standing:
        return to_standing(self._sealer.open_bytes(sealed, place=_place("standing", mac)))

    def to_file(self, sealed: bytes, name: bytes) -> File:
        return to_file(self._sealer.open_bytes(sealed, place=_place("file", name)))

    def to_nobody(self) -> None:
        """The work of `to_standing`: whether a MAC has a copy is not to be read off a clock."""
        self.to_standing(self._nobodys.sealed, self._nobodys.mac)

    def _digest(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")[:_NAME_BYTES]


def _place(what: str, name: bytes) -> str:
    return f"last good {what}:{name.hex()}"
