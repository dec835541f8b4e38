"""What a daemon wrote down, and whether it still lives."""

import json
import os
from pathlib import Path

import pytest

from provd.errors import InputError
from provd.running import RUNTIME, runtime


def test_it_tells_what_the_running_daemon_wrote(tmp_path: Path) -> None:
    (tmp_path / RUNTIME).write_text(json.dumps({"pid": os.getpid(), "http_port": 80}))
    assert runtime(tmp_path)["http_port"] == 80


def test_without_a_daemon_it_tells_nothing(tmp_path: Path) -> None:
    assert runtime(tmp_path) == {}


def test_a_daemon_that_was_killed_is_said_to_be_gone(tmp_path: Path) -> None:
    gone = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(gone, 0)
    (tmp_path / RUNTIME).write_text(json.dumps({"pid": gone}))
    with pytest.raises(InputError, match=rf"process {gone}\) is gone.*Start it again"):
        runtime(tmp_path)
