"""Somebody with a browser, as far as HTTP goes: cookies, the form's token, the Referer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from tests.portal.house import PASSWORD

BASE = "https://portal.example.net"


@dataclass(slots=True)
class Visitor:
    """A client with its own cookies; forms are sent with the token of the page before."""

    client: FlaskClient
    address: str = "203.0.113.5"
    _known: tuple[str, str] = ("", "")
    """The session's cookie, and the token that a page had for it."""

    @classmethod
    def of(cls, app: Flask, name: str = "", address: str = "203.0.113.5") -> Visitor:
        """Signed in when a name is given."""
        visitor = cls(app.test_client(), address)
        if name:
            answer = visitor.sign_in(name)
            assert answer.status_code == 302, answer.text
        return visitor

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(
            path, base_url=BASE, headers=headers, environ_base=self._from, buffered=True
        )

    def post(
        self, path: str, form: Mapping[str, str] | None = None, *, token: str | None = None,
        **headers: str,
    ) -> TestResponse:  # fmt: skip
        data = {"csrf_token": self.token() if token is None else token, **(form or {})}
        headers.setdefault("Referer", BASE + "/")
        return self.client.post(
            path, base_url=BASE, data=data, headers=headers, environ_base=self._from, buffered=True
        )

    def sign_in(self, name: str, password: str = PASSWORD, wanted: str = "") -> TestResponse:
        form = {"name": name, "password": password, "next": wanted}
        return self.post("/sign-in", form, token=self._token_on("/sign-in"))

    def token(self) -> str:
        """Of the page that everybody may open. It is asked again when the session has changed."""
        if not self._session or self._known[0] != self._session:
            token = self._token_on("/account/password") or self._token_on("/sign-in")
            self._known = (self._session, token)
        return self._known[1]

    @property
    def _session(self) -> str:
        cookies = (
            self.client.get_cookie(name, domain=urlsplit(BASE).hostname or "")
            for name in ("__Host-provd", "provd")
        )
        return "".join(cookie.value for cookie in cookies if cookie is not None)

    def _token_on(self, path: str) -> str:
        found = page(self.get(path)).xpath("//input[@name='csrf_token']/@value")
        return str(found[0]) if found else ""

    @property
    def _from(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address}


def page(answer: TestResponse) -> html.HtmlElement:
    return html.document_fromstring(answer.text or "<p></p>")


def text_of(answer: TestResponse, expression: str = "//main") -> str:
    """The text of what the XPath finds, with single blanks, as one would read it aloud."""
    found = page(answer).xpath(expression)
    words = " ".join(" ".join(part for node in found for part in node.itertext()).split())
    return re.sub(r" ([,.:)])", r"\1", words)


def value_of(answer: TestResponse, name: str) -> str:
    """What a named input holds."""
    return str(page(answer).xpath(f"//input[@name='{name}']/@value")[0])
