"""The log's lines, and that no secret gets into them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import Logger
from twisted.python.failure import Failure

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.logs import Format, StandardLibraryHandler, configure_structlog, twisted_observer
from provd.redaction import DOTS, redacted, redacted_text

TOKEN = "0123456789abcdef0123456789ABCDEF"
Lines = Callable[..., io.StringIO]


@pytest.fixture
def logs() -> Iterator[Lines]:
    def configured(form: Format = "console", level: str = "debug") -> io.StringIO:
        stream = io.StringIO()
        configure_structlog(level, form, stream)
        return stream

    yield configured
    structlog.reset_defaults()


def only(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    read = json.loads(line)
    assert isinstance(read, dict)
    return read


def test_a_line_for_people_has_time_level_event_and_pairs(logs: Lines) -> None:
    stream = logs()
    structlog.get_logger().info("file served", mac=Mac("805ec0123456"), bytes=42, agent="a b")
    time, rest = stream.getvalue().split(" ", 1)
    assert time.endswith("Z")
    assert rest == 'info     file served  mac=80:5e:c0:12:34:56  bytes=42  agent="a b"\n'


def test_a_line_for_programs_is_one_json_object(logs: Lines) -> None:
    stream = logs("json")
    structlog.get_logger().warning("refused", mac=Mac("805ec0123456"), steps=(1, "two"), ok=None)
    read = only(stream)
    assert read.pop("timestamp").endswith("Z")
    assert read == {
        "event": "refused",
        "level": "warning",
        "mac": "80:5e:c0:12:34:56",
        "steps": [1, "two"],
        "ok": None,
    }


def test_levels_below_the_configured_one_are_left_out(logs: Lines) -> None:
    stream = logs(level="warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().error("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


def test_what_a_phone_sends_cannot_forge_a_line(logs: Lines) -> None:
    stream = logs()
    structlog.get_logger().info("asked for a\nb", path="x\n2026-01-01 error  forged", esc="\x1b[2J")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_an_exception_is_told_with_its_traceback_on_lines_of_its_own(logs: Lines) -> None:
    stream = logs()
    try:
        raise ValueError("no such row")
    except ValueError:
        structlog.get_logger().exception("failed")
    lines = stream.getvalue().splitlines()
    assert "failed" in lines[0]
    assert lines[-1] == "ValueError: no such row"


def test_an_exceptions_secrets_are_taken_out(logs: Lines) -> None:
    for form in ("console", "json"):
        stream = logs(form)
        try:
            try:
                raise ValueError(f"GET /{TOKEN}/805ec0123456.cfg with password='hunter2'")
            except ValueError as error:
                raise RuntimeError("postgresql://provd:hunter2@db/provd is down") from error
        except RuntimeError:
            structlog.get_logger().exception("failed", token=TOKEN)
        # The traceback quotes the source lines of this very test; its messages are what counts.
        said = stream.getvalue().replace("\\n", "\n").splitlines()
        messages = [line for line in said if line.startswith(("ValueError:", "RuntimeError:"))]
        assert len(messages) == 2
        assert all("hunter2" not in line and TOKEN not in line for line in messages)
        assert TOKEN not in stream.getvalue()


def test_secrets_are_taken_out_by_name_at_any_depth(logs: Lines) -> None:
    stream = logs("json")
    structlog.get_logger().info(
        "request",
        headers={"Authorization": "Basic aHVudGVyMg==", "Cookie": "s=hunter2", "Accept": "*/*"},
        lines=[{"user": "100", "Password": "hunter2"}, {"auth": ("hunter2",)}],
        api_key="hunter2",
        line_password=Secret("hunter2"),
    )
    assert "hunter2" not in stream.getvalue()
    assert "aHVudGVyMg" not in stream.getvalue()
    read = only(stream)
    assert read["headers"] == {"Authorization": DOTS, "Cookie": DOTS, "Accept": "*/*"}
    assert read["lines"] == [{"user": "100", "Password": DOTS}, {"auth": DOTS}]


def test_an_objects_secrets_are_taken_out_of_its_text(logs: Lines) -> None:
    @dataclass
    class Phone:
        user: str
        password: str

    stream = logs()
    structlog.get_logger().info("phone", phone=Phone("100", "hunter2"), raw=b"password=hunter2")
    assert "hunter2" not in stream.getvalue()
    assert "100" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"/p/{TOKEN}/y000.cfg", f"/p/{DOTS}/y000.cfg"),
        (f"https://h:1/{TOKEN}", f"https://h:1/{DOTS}"),
        ("https://bob:s3cret@host/x", f"https://bob:{DOTS}@host/x"),
        ("?token=abc&page=2", f"?token={DOTS}&page=2"),
        ("Authorization: Basic aHVudA==\r\nAccept: */*", f"Authorization: {DOTS}\r\nAccept: */*"),
        ('{"password": "a b", "user": "x"}', f'{{"password": {DOTS}, "user": "x"}}'),
        ("Line(user='x', password='it')", f"Line(user='x', password={DOTS})"),
    ],
)
def test_secrets_are_taken_out_by_form(text: str, shown: str) -> None:
    assert redacted_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "805ec0123456.cfg",
        "boot_id=" + TOKEN,
        "a valid token is needed",
        "https://host:6902/x",
        "/" + TOKEN + "00",
        "2 tokens: none",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted_text(text) == text


def test_a_structure_that_holds_itself_ends() -> None:
    loop: dict[str, Any] = {"password": "hunter2"}
    loop["self"] = loop
    assert "hunter2" not in json.dumps(redacted(loop))


@given(st.text(max_size=300))
def test_a_token_in_a_path_is_found_in_any_surroundings(text: str) -> None:
    assert TOKEN not in redacted_text(f"{text}/{TOKEN}/{text}")


def test_twisteds_events_arrive(logs: Lines) -> None:
    stream = logs("json")
    Logger(namespace="somewhere", observer=twisted_observer).warn("{n} left", n=3)
    read = only(stream)
    assert (read["event"], read["level"], read["logger"]) == ("3 left", "warning", "somewhere")


def test_twisteds_failures_arrive_with_their_traceback(logs: Lines) -> None:
    stream = logs("json")
    log = Logger(namespace="somewhere", observer=twisted_observer)
    try:
        raise OSError("gone")
    except OSError:
        log.failure("it broke", Failure())  # type: ignore[no-untyped-call]  # Twisted's own
    read = only(stream)
    assert (read["event"], read["level"]) == ("it broke", "critical")
    assert "OSError: gone" in read["exception"]


def test_what_twisted_says_of_its_own_doings_is_for_debugging(logs: Lines) -> None:
    stream = logs(level="info")
    Logger(namespace="twisted.web", observer=twisted_observer).info("starting")
    assert stream.getvalue() == ""


def test_the_standard_librarys_records_arrive(logs: Lines) -> None:
    stream = logs("json")
    log = logging.Logger("tftpy")
    log.addHandler(StandardLibraryHandler())
    log.warning("%s retries, password=%s", 3, "hunter2")
    read = only(stream)
    assert (read["event"], read["logger"]) == (f"3 retries, password={DOTS}", "tftpy")


def test_a_stream_that_cannot_be_written_stops_nothing(logs: Lines) -> None:
    logs().close()
    structlog.get_logger().error("lost")


def test_configuring_joins_all_three_and_may_be_repeated() -> None:
    program = """
import logging, structlog
from twisted.logger import Logger
from provd.logs import configure_logs
configure_logs("debug"); configure_logs("info", "json")
structlog.get_logger().info("one"); Logger().info("two"); logging.getLogger("x").warning("three")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    events = [json.loads(line)["event"] for line in ended.stderr.splitlines()]
    assert events == ["one", "two", "three"]
    assert ended.stdout == ""
