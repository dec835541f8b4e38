"""A copy of the whole database before its tables change."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from provd.errors import MigrationError
from provd.store.database import Database


def back_up(database: Database, folder: Path) -> Path:
    """Writes a copy into `folder`, readable by its owner only, and returns its path.

    SQLite: a database file. PostgreSQL: what pg_restore reads. Raises MigrationError when it can't
    be made; then nothing may be changed.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    suffix = "dump" if database.is_postgresql else "db"
    path = folder / f"provd-{stamp}.{suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _fill(path, database)
    except (OSError, sqlite3.Error) as error:
        raise MigrationError(f"no backup could be made in {folder}: {error}") from error
    return path


def _fill(path: Path, database: Database) -> None:
    source = str(database.peewee.database)
    try:
        if database.is_postgresql:
            _dump(source, path)
        else:
            _copy(source, path)
        _sync(path)
    except (OSError, sqlite3.Error, MigrationError):
        path.unlink()
        raise


def _copy(source: str, path: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(path)) as copy:
        live.backup(copy)


def _dump(url: str, path: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise MigrationError(
            "no backup could be made: pg_dump is not on PATH. "
            "Remedy: install the package postgresql-client"
        )
    # The password goes by the environment: arguments can be read by every user of the machine.
    parameters = conninfo_to_dict(url)
    password = parameters.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    address = make_conninfo("", **parameters)
    ended = subprocess.run(
        [program, "--format=custom", f"--file={path}", f"--dbname={address}", "--no-password"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise MigrationError(f"no backup could be made: {ended.stderr.strip()}")


def _sync(path: Path) -> None:
    for name in (path, path.parent):
        descriptor = os.open(name, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
