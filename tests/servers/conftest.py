"""A serving process for the session, the files it serves, and the client programs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.servers.certificates import write_certificates

REPOSITORY = Path(__file__).parents[2]
SIZES = {
    "empty": 0,
    "small.cfg": 5,
    "blocks.cfg": 1024,
    "almost.cfg": 511,
    "phone.cfg": 4096,
    "large.rom": 3_000_001,
    "wrap.rom": 65_537 * 8 + 5,
}
_DEBIAN_PACKAGES = {
    "tftp": "tftp-hpa",
    "atftp": "atftp",
    "curl": "curl",
    "busybox": "busybox",
    "openssl": "openssl",
}


class Serving:
    """The running process: its ports, and what it said was delivered."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, "the serving process did not start"
        self.ports: dict[str, int] = json.loads(first)
        self.deliveries: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.deliveries.append(json.loads(line))
                self._changed.notify_all()

    def delivery(self, **expected: object) -> dict[str, Any]:
        """Take out the delivery that has these values; waits for it to be told."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._match(expected), timeout=10):
                raise AssertionError(f"no delivery like {expected} in {self.deliveries[-5:]}")
            found = self._match(expected)
            assert found is not None
            self.deliveries.remove(found)
            return found

    def _match(self, expected: dict[str, object]) -> dict[str, Any] | None:
        for delivery in self.deliveries:
            if all(delivery[key] == value for key, value in expected.items()):
                return delivery
        return None


def program(name: str) -> str:
    """The path of a client program. A missing one fails the test: there is nothing to skip."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: apt-get install {_DEBIAN_PACKAGES[name]}")
    return found


def run(*command: str, timeout: float = 60.0) -> subprocess.CompletedProcess[bytes]:
    """Run a client program to its end."""
    return subprocess.run(
        [program(command[0]), *command[1:]],
        capture_output=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    for name, size in SIZES.items():
        (folder / name).write_bytes(Random(size).randbytes(size))
    (folder / "nested").mkdir()
    (folder / "nested" / "ü b.cfg").write_bytes(b"umlaut")
    (folder / "forbidden").mkdir()
    (folder / "forbidden" / "secret.cfg").write_bytes(b"secret")
    return folder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    return folder


@contextmanager
def serving_process(files: Path, certificates: Path, log: Path, *how: str) -> Iterator[Serving]:
    """One that ends with the block, without having complained."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.serving", str(files), str(certificates), *how],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        yield Serving(process)
        assert process.stdin is not None
        process.stdin.close()
        try:
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def serving(
    files: Path, certificates: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    log = tmp_path_factory.mktemp("log") / "serving.log"
    with serving_process(files, certificates, log) as running:
        yield running
