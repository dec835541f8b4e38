"""What provd asks of the process that it runs in: descriptors, signals, collections."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

DESCRIPTORS = 65_536

YOUNG_OBJECTS = 10_000
"""So many more than have gone before the young are looked through for cycles. By default it is 700,
which a dozen new connections reach, and a twentieth of their cost."""


_START_AND_END = """
import os, sys
told = int(sys.argv[1])
os.set_inheritable(told, False)
os.write(told, b"%d" % os.spawnv(os.P_NOWAIT, sys.argv[2], sys.argv[2:]))
"""


def raise_descriptor_limit() -> None:
    """Each connection is a descriptor, and a login's usual soft limit of 1024 is less than the
    connections that are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def descriptor_limit() -> int:
    """How many descriptors this process may have, once it was raised."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def count_monotonically(reactor: Any, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Twisted's timers count by the wall clock: set back by an hour, all of them stand still for
    that hour, and a phone waits so long for its refusal. For a reactor that has no timer yet."""
    if reactor.getDelayedCalls():
        raise RuntimeError("timers are running, by another clock")
    reactor.seconds = monotonic


def keep_what_lives() -> None:
    """Vendors, templates and code live as long as the process, or until a reload: no collection
    need look at them, and at what phones leave behind, which has hardly any cycles, but seldom."""
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def take_signals(reactor: Any, reload: Callable[[], None], succeed: Callable[[], None]) -> None:
    """SIGINT and SIGTERM stop the reactor, a second one the process at once; SIGHUP calls `reload`
    and SIGUSR2 `succeed` on the reactor's thread. For the main thread, when the reactor runs.

    Twisted's own handlers let the process die of the signal in the end, and whoever asked it to
    stop would take that for a failure.
    """

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        reactor.callFromThread(reactor.stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(reload))
    signal.signal(signal.SIGUSR2, lambda *_: reactor.callFromThread(succeed))


def start_again(environ: Mapping[str, str]) -> int:
    """Another process of the same command, twistd with its arguments; its id. Blocks for a moment.

    It is started by one that ends at once, so it is nobody's child, and systemd's where that has
    started us. Of a main process that is not its own systemd sees no end, so it does not wait for
    one: told to stop, it kills.
    """
    paths = [str(Path(__file__).resolve().parent.parent), environ.get("PYTHONPATH", "")]
    command = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", *sys.argv[1:]]
    read, write = os.pipe()
    with open(read) as told:  # noqa: PTH123  a descriptor
        try:
            subprocess.run(
                [sys.executable, "-I", "-S", "-c", _START_AND_END, str(write), *command],
                env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                pass_fds=[write],
                check=True,
            )
        finally:
            os.close(write)
        return int(told.read())


def tell_systemd(environ: Mapping[str, str], state: str) -> None:
    """sd_notify(3), where systemd started us and wants to know."""
    address = environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            name = "\0" + address[1:] if address.startswith("@") else address
            notify.sendto(state.encode(), name)
