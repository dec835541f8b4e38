"""Real databases for tests: SQLite files, and a PostgreSQL that the test run starts for itself.

The server is made of Debian's package, lives in a temporary folder and ends with the run. A test
gets a database of its own as a copy of one that was migrated once.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

_REMEDY = "Remedy: apt-get install postgresql"
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "logging_collector": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def postgresql_programs() -> Path:
    """The folder of initdb and postgres of the newest version that is installed."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name)
    )
    if not folders:
        raise RuntimeError(f"these tests need a real PostgreSQL. {_REMEDY}")
    return folders[-1]


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A running server; `url(name)` is where one of its databases is. It can be stopped, and
    started again on the same port."""

    port: int
    _control: Callable[..., None]
    _copying: threading.Lock = field(default_factory=threading.Lock)

    def url(self, name: str) -> str:
        return f"postgresql://provd:secret@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        self._control("start")

    def stop(self) -> None:
        """Ends every connection at once."""
        self._control("stop", "--mode=fast")

    def create(self, template: str = "template1") -> str:
        """The name of a fresh database, a copy of `template`."""
        name = f"provd_{uuid.uuid4().hex}"
        # A database can't be copied while another copy of it is being made.
        with self._copying:
            self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return name

    def drop(self, name: str) -> None:
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _administer(self, statement: str, *names: str) -> None:
        with contextlib.closing(psycopg.connect(self.url("postgres"), autocommit=True)) as admin:
            quoted = [sql.Identifier(name) for name in names]
            admin.execute(sql.SQL(statement).format(*quoted))


@contextlib.contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Starts a server of the run's own and stops it at the end, whatever happens between."""
    programs = postgresql_programs()
    # In memory where there is such a place: copying a database takes 30 ms there, 400 ms on disk.
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="provd-postgresql-", dir=place))
    try:
        yield from _running(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(programs: Path, folder: Path) -> Iterator[PostgresqlServer]:
    owner = _unprivileged()
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    password = folder / "password"
    password.write_text("secret\n")
    password.chmod(0o644)
    data = folder / "data"
    initialise = [f"{programs}/initdb", f"--pgdata={data}", "--username=provd", "--no-sync"]
    initialise += [f"--pwfile={password}", "--auth=md5"]
    _as_owner(owner, [*initialise, "--encoding=UTF8", "--locale=C.UTF-8"])
    port = _free_port()
    options = " ".join(f"-c {key}={value or chr(39) * 2}" for key, value in _SETTINGS.items())
    control = [f"{programs}/pg_ctl", f"--pgdata={data}", "--wait", "--silent"]
    log = folder / "log"
    control += [f"--log={log}", f"--options=-p {port} {options}"]
    server = PostgresqlServer(port, lambda *what: _as_owner(owner, [*control, *what]))
    server.start()
    try:
        yield server
    finally:
        with contextlib.suppress(RuntimeError):  # a test may have stopped it
            _as_owner(owner, [*control, "stop", "--mode=immediate"])


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then the package's own user runs it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise RuntimeError(f"there is no user postgres on this machine. {_REMEDY}") from None


def _as_owner(owner: pwd.struct_passwd | None, command: list[str]) -> None:
    ended = subprocess.run(
        command,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        # The server that pg_ctl leaves running keeps its descriptors: a pipe would never end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed with {ended.returncode}. {_REMEDY}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
