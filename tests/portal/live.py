"""A running portal on loopback, and a real browser that looks at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.portal.visitor import Visitor

CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Processes of its own for each page and for drawing guard against strangers' pages: here they
    # only take time.
    "--process-per-site",
    "--renderer-process-limit=1",
    "--in-process-gpu",
    # Nothing leaves the machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Requests are not logged."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serves the portal in a thread; gives its address without a slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def launched(playwright: Playwright) -> Browser:
    if not CHROMIUM.exists():
        raise RuntimeError(
            "these tests need a real browser. Remedy: apt-get -y --no-install-recommends "
            "install chromium fonts-dejavu-core"
        )
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)


@dataclass  # without slots: the event emitter leaves a mark on it
class Window:
    """A page with its own cookies. `complaints` gathers what the console said of errors."""

    base: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, browser: Browser, base: str, *, width: int, scripts: bool) -> Window:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(10_000)
        window = cls(base, context, context.new_page())
        window.page.on("console", window._heard)
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        return window

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def take_over(self, visitor: Visitor) -> None:
        """Goes on with the session of somebody who signed in already."""
        cookie = visitor.client.get_cookie("provd", domain="portal.example.net")
        assert cookie is not None
        self.context.add_cookies([{"name": "provd", "value": cookie.value, "url": self.base}])

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        wider: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider

    def has_focus(self, identifier: str, because: str = "") -> None:
        """Waits for it: a page that has just come gives its first box the focus a little later."""
        expect(self.page.locator(f"#{identifier}"), because or None).to_be_focused()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)
