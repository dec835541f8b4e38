"""provd in processes of its own, which end with the tests whatever happens.

Two ways to start one. `command` is what a person types, a fresh interpreter. `Forked` comes from
multiprocessing's fork server, which has imported provd once and nothing more: the same twistd, the
same twistd.tac, a second earlier, which makes dozens of kills affordable.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
TWISTD = ["twistd", "--nodaemon", "--pidfile=", "--no_save", "--python", str(CLONE / "twistd.tac")]
PROVD = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-P", "-m", "provd"]

_PR_SET_PDEATHSIG = 1
_forks = multiprocessing.get_context("forkserver")


def environment(**more: str) -> dict[str, str]:
    """Nothing of provd's own from outside; `more` are settings as PROVD_LISTEN__HTTP_PORT."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PROVD_")}
    return {**clean, "PYTHONPATH": str(CLONE), **more}


def command(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """`provd` with these arguments, from a folder where nothing of ours lies."""
    return subprocess.run(
        [*PROVD, *arguments],
        cwd="/",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def prepare_forks() -> None:
    """Before the first Forked. The fork server finds our modules by PYTHONPATH alone."""
    os.environ["PYTHONPATH"] = str(CLONE)
    _forks.set_forkserver_preload(
        [
            *("pytest", "provd.cli", "provd.daemon", "twisted.scripts.twistd", __name__),
            "tests.daemon.preloaded",
        ]
    )


class Forked:
    """`main` in a forked process: its environment, working folder and streams are its own."""

    def __init__(self, main: Callable[[list[str]], None], arguments: list[str], output: Path,
                 variables: Mapping[str, str]) -> None:  # fmt: skip
        self.output = output
        self._process = _forks.Process(
            target=_child, args=(main, arguments, output, dict(variables)), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.is_alive()

    def send(self, number: signal.Signals) -> None:
        if self.running:
            os.kill(self.pid, number)

    def ended(self, within: float) -> int:
        """The exit code, or minus the signal that ended it."""
        self._process.join(within)
        code = self._process.exitcode
        assert code is not None, f"still running after {within} s"
        return code

    def errors(self) -> str:
        return self.output.with_suffix(".err").read_text()


def twistd_main(arguments: list[str]) -> None:
    from twisted.scripts.twistd import run

    sys.argv = arguments
    run()  # type: ignore[no-untyped-call]


def provd_main(arguments: list[str]) -> None:
    from provd.cli import main

    main(arguments, prog_name="provd")


def _child(
    main: Callable[[list[str]], None], arguments: list[str], output: Path, variables: dict[str, str]
) -> None:
    # Should the tests be killed, the fork server ends, and this process with it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir("/")
    for descriptor, path in ((1, output), (2, output.with_suffix(".err"))):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    main(arguments)
