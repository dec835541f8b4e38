"""Records of CSV (RFC 4180) that no text breaks out of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def record(cells: Iterable[str]) -> str:
    """One record, quoted where it must be, ending in CR LF."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
