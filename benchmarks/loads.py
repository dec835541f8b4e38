"""Runs the load generators, on their own core, and takes in what they found."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import loaded
from benchmarks.processes import GENERATOR_CORE, BenchmarkError, on_core

TOOLS = Path(__file__).resolve().parent / "tools"
BUSY = 0.97
"""A generator that used so much of its core was the bottleneck, not the server."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens."""

    host: str
    port: int


def generator(command: Sequence[str], seconds: float) -> dict[str, float]:
    """Its figures. Transfers that failed are among them, so its exit status is not looked at.

    Raises BenchmarkError when it says nothing, or takes longer than `seconds`.
    """
    try:
        done = subprocess.run(
            on_core(GENERATOR_CORE, command),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return loaded(done.stdout)
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{command[0]} took longer than {seconds:g} s") from None
    except ValueError:
        raise BenchmarkError(f"{command[0]} failed: {done.stderr[-500:]}") from None


def tftp(endpoint: Endpoint, *options: str, seconds: float) -> dict[str, float]:
    """Runs tftpload; see its usage for the options. Adds `rate` (whole transfers each second)."""
    command = [str(TOOLS / "tftpload"), "-h", endpoint.host, "-p", str(endpoint.port), *options]
    found = generator(command, seconds)
    return {**found, "rate": found["tps"], "p99_ms": found["p99_us"] / 1000, "done": found["ok"]}


def https(endpoint: Endpoint, *options: str, seconds: float) -> dict[str, float]:
    """Runs httpsload; see its usage. Adds `rate` (answered requests each second)."""
    command = [str(TOOLS / "httpsload"), "-h", endpoint.host, "-p", str(endpoint.port), *options]
    found = generator(command, seconds)
    return {
        **found,
        "rate": found["rps"],
        "p99_ms": found["p99_us"] / 1000,
        "max_ms": found["max_us"] / 1000,
        "done": found["requests"],
    }
