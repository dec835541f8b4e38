"""What a process of this machine has in use, as Linux tells it (proc(5))."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Vitals:
    """`descriptors` are all but the UDP sockets: of transfer ports there is a pool, which is opened
    little by little. `timers` are the timerfds."""

    resident_bytes: int
    descriptors: int
    timers: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Vitals:
        process = Path(f"/proc/{pid}")
        opened = [_target(each) for each in (process / "fd").iterdir()]
        udp = _udp_sockets()
        return cls(
            resident_bytes(pid),
            len(opened) - sum(one in udp for one in opened),
            sum("timerfd" in one for one in opened),
            len(list((process / "task").iterdir())),
        )


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _udp_sockets() -> set[str]:
    """Of all processes, as their descriptors point to them."""
    lines = (
        line.split()
        for kind in ("udp", "udp6")
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]
    )
    return {f"socket:[{columns[9]}]" for columns in lines}


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""
