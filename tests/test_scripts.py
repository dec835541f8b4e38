"""scripts/*: what they do on machines that lack things, with stand-ins for python3, apt and so on.

The real installation is too slow for a test and is tried on a bare Debian by hand; here it matters
that the right commands run, once, and that what fails says what to do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Does what python3, and what .venv/bin/python made by it, is asked by the scripts.
PYTHON = """#!/bin/bash
case "$*" in
"-V") echo "Python $FAKE_VERSION" ;;
"-c import sysconfig"*) echo "$FAKE_HEADERS" ;;
"-c import sys"*) [[ "$FAKE_VERSION" > "3.10z" ]] ;;
"-c import ensurepip"*) [ -z "$FAKE_NO_VENV" ] || [ -e "$LOG.installed" ] ;;
"-m venv"*)
    echo "venv" >>"$LOG"
    mkdir -p "$4/bin"
    cp "$0" "$4/bin/python"
    ;;
"-m pip"*)
    echo "pip ${*: -1}" >>"$LOG"
    [ -z "$FAKE_SLOW" ] || sleep 0.3
    if [ -n "$FAKE_PIP_FAILS" ]; then echo "no such hash"; exit 1; fi
    ;;
"-P -m provd.compiled.make --fits") [ -n "$FAKE_FITS" ] ;;
"-P -m provd.compiled.make")
    echo "compile" >>"$LOG"
    [ -z "$FAKE_COMPILER_FAILS" ] || { echo "error: incompatible types"; exit 1; }
    ;;
"-P -m provd"*) echo "PYTHONPATH=$PYTHONPATH"; shift 3; printf '<%s>' "$@" ;;
*) echo "$2 ${*:3}" >>"$LOG"; echo "$2 said this"; [ "$2" != "$FAKE_FAILING" ] ;;
esac
"""
STAND_INS = {
    "python3": PYTHON,
    "id": '#!/bin/bash\nif [ "$1" = -u ]; then echo "$FAKE_UID"; else echo somebody; fi\n',
    "dpkg-query": '#!/bin/bash\n[ -e "$LOG.installed" ] && echo -n installed\n',
    "apt-get": """#!/bin/bash
[ -e "$POLICY_RC_D" ] && held=" services held"
[ "$FAKE_APT_FAILS" = all ] && { echo "no network"; exit 100; }
case "$*" in
*update*) echo "apt update" >>"$LOG"; [ -z "$FAKE_APT_FAILS" ] ;;
*) echo "apt ${*: -1}$held" >>"$LOG"; touch "$LOG.installed" ;;
esac
""",
}


class Clone:
    """A copy of the scripts in a folder with a blank in its name, and a log of what was run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "a clone"
        shutil.copytree(ROOT / "scripts", self.path / "scripts")
        shutil.copytree(ROOT / ".ci", self.path / ".ci")
        (self.path / "requirements.lock").write_text("one\n")
        (self.path / "requirements-test.lock").write_text("one\ntwo\n")
        (self.path / "requirements-compile.lock").write_text("one\nthree\n")
        self._commands = folder / "bin"
        self._commands.mkdir()
        for name, text in STAND_INS.items():
            (self._commands / name).write_text(text)
            (self._commands / name).chmod(0o755)
        self._log = folder / "log"
        self.environment = {
            "PATH": f"{self._commands}:/usr/bin:/bin",
            "HOME": str(folder),
            "LOG": str(self._log),
            "FAKE_VERSION": "3.11.2",
            "FAKE_UID": "0",
            "RETRY_SECONDS": "0",
            "POLICY_RC_D": str(folder / "policy-rc.d"),
            "SYSTEM_PYTHON": str(folder / "no python3 of the system"),
            "CC": str(folder / "no compiler"),
        }

    def start(
        self, script: str, *arguments: str, user: str | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.path / script, *arguments],
            cwd="/",
            env={**self.environment, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            user=user,
        )

    def run(
        self, script: str, *arguments: str, user: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        with self.start(script, *arguments, user=user, **environment) as process:
            out, err = process.communicate(timeout=30)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def with_compiler(self) -> dict[str, str]:
        """What the environment is to hold where modules can be compiled."""
        headers = self._commands / "headers"
        headers.mkdir(exist_ok=True)
        (headers / "Python.h").touch()
        return {"CC": "cat", "FAKE_HEADERS": str(headers)}

    def commands(self) -> list[str]:
        """What was run since the last call."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return lines

    @property
    def policy(self) -> Path:
        return Path(self.environment["POLICY_RC_D"])


PROCESSES = (len(os.sched_getaffinity(0)) * 3 + 1) // 2
PYTEST = (
    f"pytest --numprocesses {PROCESSES} --maxprocesses 6 --dist loadfile --no-loadscope-reorder "
)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_a_first_start_makes_the_environment_and_runs_provd_from_anywhere(clone: Clone) -> None:
    ended = clone.run("scripts/provd", "boot", "a b", "")
    assert ended.returncode == 0
    assert ended.stdout == f"PYTHONPATH={clone.path}\n<boot><a b><>"
    assert clone.commands() == ["venv", f"pip {clone.path}/requirements.lock"]
    assert "Installing Python packages" in ended.stderr


def test_the_next_start_is_quiet_and_installs_nothing(clone: Clone) -> None:
    clone.run("scripts/provd")
    clone.commands()
    ended = clone.run("scripts/provd", "x")
    assert (ended.stderr, clone.commands()) == ("", [])


def test_run_is_provd_run(clone: Clone) -> None:
    assert clone.run("scripts/run", "--data", "d e").stdout.endswith("<run><--data><d e>")


def test_a_symbolic_link_to_a_script_works(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "start"
    link.symlink_to(clone.path / "scripts" / "run")
    ended = subprocess.run(
        [link], env=clone.environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.endswith("<run>")


def test_an_interrupted_start_begins_again(clone: Clone) -> None:
    assert clone.run("scripts/provd", FAKE_PIP_FAILS="1").returncode != 0
    clone.commands()
    assert clone.run("scripts/provd").returncode == 0
    assert clone.commands() == ["venv", f"pip {clone.path}/requirements.lock"]


def test_a_changed_lock_file_is_installed_over_what_is_there(clone: Clone) -> None:
    clone.run("scripts/provd")
    clone.commands()
    (clone.path / "requirements.lock").write_text("three\n")
    clone.run("scripts/provd")
    assert clone.commands() == [f"pip {clone.path}/requirements.lock"]


def test_an_interpreter_that_went_away_means_a_new_environment(clone: Clone) -> None:
    clone.run("scripts/provd")
    clone.commands()
    stamp = clone.path / ".venv" / "provd-stamp"
    stamp.write_text(re.sub("^python .*", "python /usr/bin/python3.10", stamp.read_text()))
    clone.run("scripts/provd")
    assert clone.commands()[0] == "venv"


def test_packages_that_cannot_be_installed_stop_the_start_and_say_why(clone: Clone) -> None:
    ended = clone.run("scripts/provd", FAKE_PIP_FAILS="1")
    assert ended.returncode == 1
    assert "no such hash" in ended.stderr
    assert len(clone.commands()) == 3  # the environment, and pip twice
    assert not (clone.path / ".venv" / "provd-stamp").exists()


def test_two_first_starts_at_once_install_once(clone: Clone) -> None:
    both = [clone.start("scripts/provd", FAKE_SLOW="1") for _ in range(2)]
    for process in both:
        with process:
            process.communicate(timeout=30)
            assert process.returncode == 0
    assert clone.commands() == ["venv", f"pip {clone.path}/requirements.lock"]


def test_the_running_program_holds_no_lock(clone: Clone) -> None:
    provd = PYTHON.replace('echo "PYTHONPATH=', 'ls -l /proc/$$/fd; echo "PYTHONPATH=')
    (Path(clone.environment["PATH"].split(":")[0]) / "python3").write_text(provd)
    ended = clone.run("scripts/provd")
    assert "/dev/" in ended.stdout or "pipe:" in ended.stdout
    assert "_environment" not in ended.stdout


def test_a_first_start_compiles_where_there_is_a_compiler(clone: Clone) -> None:
    tools = clone.with_compiler()
    ended = clone.run("scripts/provd", **tools)
    assert ended.returncode == 0
    assert clone.commands()[-2:] == [f"pip {clone.path}/requirements-compile.lock", "compile"]
    assert clone.run("scripts/provd", **tools).stderr == ""
    assert clone.commands() == []


def test_what_can_not_be_compiled_keeps_nobody_from_starting(clone: Clone) -> None:
    ended = clone.run("scripts/provd", "x", **clone.with_compiler(), FAKE_COMPILER_FAILS="1")
    assert ended.stdout.endswith("<x>")
    assert "incompatible types" in ended.stderr
    assert "scripts/compile tries again" in ended.stderr


def test_scripts_compile_installs_what_it_takes_and_compiles(clone: Clone) -> None:
    tools = clone.with_compiler()
    headers = Path(tools["FAKE_HEADERS"]) / "Python.h"
    headers.unlink()
    ended = clone.run("scripts/compile", CC="cat", FAKE_HEADERS=str(headers.parent))
    assert ended.returncode == 1
    assert "apt python3-dev services held" in clone.commands()
    assert "the headers of" in ended.stderr

    headers.touch()
    ended = clone.run("scripts/compile", **tools)
    assert (ended.returncode, clone.commands()) == (0, ["compile"])

    ended = clone.run("scripts/compile", **tools, FAKE_FITS="1")
    assert (ended.returncode, clone.commands()) == (0, [])
    assert "Compiling" not in ended.stderr

    ended = clone.run("scripts/compile", **tools, FAKE_COMPILER_FAILS="1")
    assert ended.returncode == 1
    assert "incompatible types" in ended.stderr
    assert "provd runs from source" in ended.stderr


def test_root_gets_the_missing_debian_package_with_services_held(clone: Clone) -> None:
    ended = clone.run("scripts/provd", FAKE_NO_VENV="1")
    assert ended.returncode == 0
    assert clone.commands() == [
        "apt update",
        "apt python3-venv services held",
        "venv",
        f"pip {clone.path}/requirements.lock",
    ]
    assert not clone.policy.exists()


def test_a_policy_of_the_machines_own_stays(clone: Clone) -> None:
    clone.policy.write_text("its own")
    clone.run("scripts/provd", FAKE_NO_VENV="1")
    assert clone.policy.read_text() == "its own"


def test_anyone_else_is_told_the_exact_command(clone: Clone) -> None:
    ended = clone.run("scripts/provd", FAKE_NO_VENV="1", FAKE_UID="1000")
    assert ended.returncode == 1
    assert "sudo apt-get install --no-install-recommends python3-venv\n" in ended.stderr
    assert clone.commands() == []


def test_apt_that_fails_stops_the_start_and_leaves_no_policy_behind(clone: Clone) -> None:
    ended = clone.run("scripts/provd", FAKE_NO_VENV="1", FAKE_APT_FAILS="all")
    assert ended.returncode == 1
    assert "no network" in ended.stderr
    assert not clone.policy.exists()


def test_a_foreign_archive_that_fails_does_not_matter(clone: Clone) -> None:
    ended = clone.run("scripts/provd", FAKE_NO_VENV="1", FAKE_APT_FAILS="update")
    assert ended.returncode == 0


def test_an_old_python_is_named(clone: Clone) -> None:
    for name in ("python3.11", "python3.12", "python3.13"):
        python = Path(clone.environment["PATH"].split(":")[0]) / name
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
    ended = clone.run("scripts/provd", FAKE_VERSION="3.09.2")
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed" in ended.stderr
    assert "3.09.2" in ended.stderr


def test_the_systems_python_comes_before_one_built_by_hand(clone: Clone, tmp_path: Path) -> None:
    system = tmp_path / "python3 of the system"
    system.write_text(PYTHON.replace('echo "venv"', 'echo "venv by the system"'))
    system.chmod(0o755)
    clone.run("scripts/provd", SYSTEM_PYTHON=str(system))
    assert "venv by the system" in clone.commands()


def test_the_systems_python_is_passed_over_where_it_can_make_no_environment(
    clone: Clone, tmp_path: Path
) -> None:
    system = tmp_path / "python3 of the system"
    system.write_text(PYTHON.replace('[ -z "$FAKE_NO_VENV" ]', "false"))
    system.chmod(0o755)
    ended = clone.run("scripts/provd", SYSTEM_PYTHON=str(system))
    assert ended.returncode == 0
    assert [line for line in clone.commands() if line.startswith(("apt", "venv"))] == ["venv"]


def test_a_clone_that_cannot_be_written_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)  # pytest's own folders are closed to everybody else
        clone = Clone(Path(name))
        clone.path.chmod(0o555)
        ended = clone.run("scripts/provd", user="nobody" if os.geteuid() == 0 else None)
    assert ended.returncode == 1
    assert "can't be written to" in ended.stderr


def checks(clone: Clone, **environment: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    ended = clone.run("scripts/test", "-k", "one two", **environment)
    others = ("apt", "venv", "pip", "compile")
    return ended, [line for line in clone.commands() if not line.startswith(others)]


def test_the_style_is_checked_first_and_the_types_beside_the_tests(clone: Clone) -> None:
    ended, ran = checks(clone)
    assert ended.returncode == 0
    assert ran[:2] == ["ruff check .", "ruff format --check ."]
    assert sorted(ran[2:]) == ["mypy ", f"{PYTEST}-k one two"]


def test_what_is_wrong_with_the_types_is_told_after_the_tests(clone: Clone) -> None:
    ended, _ = checks(clone, FAKE_FAILING="mypy")
    assert ended.stdout.rstrip().endswith("mypy said this")


@pytest.mark.parametrize("failing", ["ruff", "mypy", "pytest"])
def test_a_check_that_fails_fails_the_whole_and_hides_no_other(clone: Clone, failing: str) -> None:
    ended, ran = checks(clone, FAKE_FAILING=failing)
    assert ended.returncode == 1
    assert len(ran) == 4
    assert f"failed: {failing}" in ended.stderr


def test_the_tests_need_both_lock_files_and_a_start_needs_none_anew(clone: Clone) -> None:
    clone.run("scripts/provd")
    clone.commands()
    clone.run("scripts/test")
    assert f"pip {clone.path}/requirements-test.lock" in clone.commands()
    clone.run("scripts/provd")
    assert clone.commands() == []


def test_all_tests_are_those_of_what_is_compiled_as_well(clone: Clone) -> None:
    clone.run("scripts/test")
    ran = clone.commands()
    assert ran.index("compile") < ran.index("ruff check .")
    assert f"{PYTEST}-p tests.compiled tests/servers" in ran


def test_continuous_integration_runs_the_tests(clone: Clone) -> None:
    clone.run(".ci/run")
    assert PYTEST.strip() in [one.strip() for one in clone.commands()]


def test_all_lock_files_pin_the_same_versions() -> None:
    def pins(name: str) -> Mapping[str, str]:
        text = (ROOT / name).read_text()
        return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", text, re.MULTILINE))

    run, test, compiling = map(pins, LOCKS)
    assert len(run) > 30
    assert {name: test.get(name) for name in run} == dict(run)
    assert {name: test.get(name) for name in compiling} == dict(compiling)


LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-compile.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_package_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "--hash=sha256:" in text
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert options == []
