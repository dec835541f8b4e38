"""The rows of the table: what is measured, of which servers, against which targets."""

from __future__ import annotations

from benchmarks.rows import (
    billing,
    boot,
    change,
    firmware,
    https,
    importing,
    memory,
    overload,
    tftp,
    workers,
)
from benchmarks.rows.row import Row

ROWS: tuple[Row, ...] = (
    *tftp.ROWS,
    *firmware.ROWS,
    *https.ROWS,
    *boot.ROWS,
    *memory.ROWS,
    *change.ROWS,
    *importing.ROWS,
    *overload.ROWS,
    *workers.ROWS,
    *billing.ROWS,
)

__all__ = ["ROWS", "Row"]
