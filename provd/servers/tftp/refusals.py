"""Why a phone gets no file, in TFTP's error packets: the one place where reasons become codes.

All reasons that could tell a stranger whether a file exists read the same.
"""

from __future__ import annotations

from provd.exchange import Reason
from provd.servers.tftp.packets import ErrorCode, Malformed, error

UNKNOWN_TRANSFER = error(ErrorCode.UNKNOWN_TRANSFER, "Unknown transfer ID")
NO_SUCH_FILE = error(ErrorCode.FILE_NOT_FOUND, "File not found")
NO_WRITING = error(ErrorCode.ACCESS_VIOLATION, "Access violation")
OCTETS_ONLY = error(ErrorCode.ILLEGAL_OPERATION, "Use mode octet")
NO_ROOM = error(ErrorCode.DISK_FULL, "Disk full or allocation exceeded")
BAD_BLOCK = error(ErrorCode.ILLEGAL_OPERATION, "Block too long")
_UNAVAILABLE = error(ErrorCode.NOT_DEFINED, "Temporarily unavailable")
_BY_REASON = {
    Reason.UPLOAD_REFUSED: NO_WRITING,
    Reason.UNAVAILABLE: _UNAVAILABLE,
    Reason.BLOCKED: b"",
}


_UPLOAD_BY_REASON = {
    Reason.TOO_LARGE: NO_ROOM,
    Reason.QUOTA: NO_ROOM,
    Reason.UNAVAILABLE: _UNAVAILABLE,
    Reason.BLOCKED: b"",
}


def refusal(reason: Reason) -> bytes:
    """The packet; empty for silence."""
    return _BY_REASON.get(reason, NO_SUCH_FILE)


def upload_refusal(reason: Reason) -> bytes:
    """The same for every reason that could tell whether uploads are on, or the phone known."""
    return _UPLOAD_BY_REASON.get(reason, NO_WRITING)


def malformed(request: Malformed) -> bytes:
    return error(ErrorCode.ILLEGAL_OPERATION, request.problem)
