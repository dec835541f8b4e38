"""What made something chargeable, as JSON columns keep it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from provd.billing.subscription import Cause
from provd.store.fields import from_microseconds, to_microseconds


def cause_stored(cause: Cause) -> dict[str, object]:
    return dataclasses.asdict(cause) | {"at": to_microseconds(cause.at)}


def cause_from(stored: Mapping[str, Any]) -> Cause:
    return Cause(**{**stored, "at": from_microseconds(stored["at"])})
