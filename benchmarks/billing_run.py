"""One billing run in a process of its own, and what it cost: `python -m benchmarks.billing_run DATA
DATABASE_URL UNTIL`, the URL empty for the data folder's own database. Prints one JSON object.

CPU is the user and system time of the run alone, without the start of the program, and beside it
that of PostgreSQL's process for its connection.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import datetime
from pathlib import Path

import psycopg
import structlog

from benchmarks.installation import opened

_TICKS = os.sysconf("SC_CLK_TCK")


def main(data: str, url: str, until: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    parts = opened(Path(data), url)
    parts.store.books.parked_among([])  # connects
    server, began = _server_cpu(url), time.process_time()
    report = parts.operations.billing.run(datetime.fromisoformat(until))
    figures = {
        "cpu_s": time.process_time() - began,
        "server_cpu_s": _server_cpu(url) - server,
        "charges": report.new_charges,
        "problems": len(report.uncharged) + len(report.parked),
        "rss_peak_KiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    parts.close()
    sys.stdout.write(json.dumps(figures) + "\n")


def _server_cpu(url: str) -> float:
    """Seconds that PostgreSQL has worked for our connections."""
    if not url:
        return 0.0
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'provd'"
        ).fetchall()
    return sum(_cpu(pid) for (pid,) in found)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main(*sys.argv[1:])
