"""What a process of this machine has in use, as Linux tells it (proc(5))."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Vitals:
    """`timers` are the timerfds."""

    resident_bytes: int
    descriptors: int
    timers: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Vitals:
        process = Path(f"/proc/{pid}")
        opened = [_target(each) for each in (process / "fd").iterdir()]
        return cls(
            resident_bytes(pid),
            len(opened),
            sum("timerfd" in one for one in opened),
            len(list((process / "task").iterdir())),
        )


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""
