"""deploy/: what can be checked of it without being root of a machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from provd.process import DESCRIPTORS
from tests.daemon.processes import CLONE, TWISTD

DEPLOY = CLONE / "deploy"
UNIT = (DEPLOY / "provd.service").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text()
EXPOSURE = 25
"""Of 100, by systemd's own reckoning; a unit without any of it has 96."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs Debian's package systemd"
)


def values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit with this clone instead of /opt/provd, and a user that exists everywhere."""
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "twistd").symlink_to("/bin/true")
    path = tmp_path / "provd.service"
    path.write_text(UNIT.replace("/opt/provd", str(tmp_path)).replace("=provd\nG", "=root\nG"))
    return path


@needs_systemd
def test_systemd_finds_nothing_to_say(installed: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", installed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_the_unit_exposes_little(installed: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager",
         installed],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_the_unit_starts_what_the_tests_start() -> None:
    [command] = values("ExecStart")
    assert command.split()[1:-1] == TWISTD[1:-1]
    assert command.endswith("/twistd.tac")
    assert values("ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_the_unit_has_ports_below_1024_and_nothing_else_of_root() -> None:
    assert values("User") == ["provd"]
    assert values("AmbientCapabilities") == values("CapabilityBoundingSet")
    assert values("CapabilityBoundingSet") == ["CAP_NET_BIND_SERVICE"]
    assert values("NoNewPrivileges") == ["yes"]
    assert values("ProtectSystem") == ["strict"]
    assert values("LimitNOFILE") == [str(DESCRIPTORS)]
    assert values("StateDirectory") == ["provd"]


def test_the_container_copies_what_is_there_and_runs_without_root() -> None:
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, re.MULTILINE):
        for name in line.split():
            assert (CLONE / name).exists(), name
    [compiled] = re.findall(r"^COPY --from=compiled /opt/provd/(\S+) \1$", CONTAINER, re.MULTILINE)
    assert compiled.startswith(".venv/provd-compiled-cpython-")  # `provd.compiled.folder`
    users = re.findall(r"^USER (\S+)$", CONTAINER, re.MULTILINE)
    assert users == ["provd"]
    assert CONTAINER.index("USER provd") < CONTAINER.index("CMD ")
    assert "VOLUME /data\n" in CONTAINER
    assert "EXPOSE 6900/udp 6901 6902 6903\n" in CONTAINER
    assert re.findall(r'"([^"]+)"', CONTAINER)[:-1] == ["twistd", *TWISTD[1:-1]]
