"""`provd run` as a person starts it: a fresh interpreter, a banner, Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

from tests.daemon.processes import PROVD, environment
from tests.daemon.waiting import PATIENCE, until

END = "provd is running"


class Typed:
    """`provd run` with these arguments. What it says goes to files beside `data`."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self._out = data.with_name(f"{data.name}.typed")
        self._err = data.with_name(f"{data.name}.typed.err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [*PROVD, "--data", str(data), "run", *arguments],
                cwd="/",
                env=environment(),
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
            )

    def banner(self) -> str:
        """Waits for it."""

        def look() -> str:
            text = self._out.read_text()
            assert self._process.poll() is None, self.errors()
            # printed at once, so that what is there is all of it
            return text if END in text else ""

        return until(look, "provd run greets")

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """Exit code and the seconds until it came."""
        began = time.monotonic()
        self._process.send_signal(number)
        return self.ended(), time.monotonic() - began

    def ended(self) -> int:
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def errors(self) -> str:
        return self._err.read_text()


def url(banner: str, name: str) -> str:
    """The address on the banner's line of that name."""
    found = re.search(rf"^ +{name} +(\S+)", banner, re.MULTILINE)
    assert found, banner
    return found[1]


def passwords(banner: str) -> dict[str, str]:
    """User -> password."""
    _, _, users = banner.partition("Demonstration users")
    return dict(re.findall(r"^  (\w+) +((?:\w{5}-)+\w+)$", users, re.MULTILINE))


def commands(banner: str) -> list[str]:
    """The commands to try."""
    _, _, to_try = banner.partition("Two commands to try")
    return [line.strip() for line in to_try.splitlines()[1:] if line.strip()]
