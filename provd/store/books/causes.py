"""What made something chargeable, as JSON columns keep it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from provd.billing.subscription import Cause
from provd.store.fields import from_microseconds, to_json, to_microseconds


@lru_cache(maxsize=1_000)
def cause_stored(cause: Cause) -> str:
    """Remembered, because all charges of a subscription name the same one."""
    return to_json(
        {
            "event_id": cause.event_id,
            "kind": cause.kind,
            "at": to_microseconds(cause.at),
            "file": cause.file,
            "transport": cause.transport,
            "bytes_sent": cause.bytes_sent,
            "address": cause.address,
            "actor": cause.actor,
            "reason": cause.reason,
        }
    )


def cause_from(stored: Mapping[str, Any]) -> Cause:
    return Cause(**{**stored, "at": from_microseconds(stored["at"])})
