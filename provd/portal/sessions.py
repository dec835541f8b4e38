"""Sign-in sessions: a signed cookie that names the user, the session, its start and last use.

A session ends at sign-out, after an idle time, after an absolute time, and when the user's
`session_epoch` moves on (password changed, sessions ended by an administrator). The cookie is
emptied before anybody is signed in, so one planted beforehand is worth nothing.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask, session
from flask_login import (  # type: ignore[import-untyped]
    LoginManager,
    UserMixin,
    current_user,
    login_user,
    logout_user,
)

from provd.devices.account import User

_TOUCH_AFTER = timedelta(seconds=60)
_STARTED, _SEEN, _NUMBER = "started", "seen", "number"


class SignedIn(UserMixin):  # type: ignore[misc]
    """Flask-Login's view of a user. Its identity holds the epoch: when that moves, it is nobody."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id}.{self.user.session_epoch}"


class EndedSessions:
    """Sessions that were signed out, for as long as a copy of their cookie could still be used.

    That is one idle time: an older copy has expired by itself. Kept per process.
    """

    def __init__(self, idle: timedelta, clock: Callable[[], datetime]) -> None:
        self._idle = idle
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}

    def add(self, number: str) -> None:
        now = self._clock()
        with self._lock:
            self._until = {kept: until for kept, until in self._until.items() if until > now}
            self._until[number] = now + self._idle

    def __contains__(self, number: object) -> bool:
        return number in self._until


def add_sign_in(app: Flask, find: Callable[[int], User | None]) -> None:
    """`find` gives an active user by number, or None."""
    manager = LoginManager()
    # Not by init_app: that adds the remember-me cookie, which looks at the session of every answer.
    app.login_manager = manager  # type: ignore[attr-defined]
    # The address changes under a handheld that walks between access points: not a sign of theft.
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(identity: str) -> SignedIn | None:
        number, _, epoch = identity.partition(".")
        user = find(int(number))
        return SignedIn(user) if user is not None and str(user.session_epoch) == epoch else None


def begin(user: User, now: datetime) -> None:
    """Signs in, in a session that has nothing of the one before."""
    session.clear()
    session[_STARTED] = session[_SEEN] = int(now.timestamp())
    session[_NUMBER] = secrets.token_hex(16)
    login_user(SignedIn(user))


def end(ended: EndedSessions) -> None:
    """Signs out; a copied cookie of this session is refused from now on."""
    ended.add(str(session.get(_NUMBER, "")))
    logout_user()
    session.clear()


def user_of_request(
    now: datetime, idle: timedelta, absolute: timedelta, ended: EndedSessions, *, touch: bool
) -> User | None:
    """Who is signed in. `touch` says that a person did something: polling does not count."""
    if "_user_id" not in session:
        return None
    if _expired(now, idle, absolute) or session.get(_NUMBER) in ended:
        session.clear()
        return None
    if not current_user.is_authenticated:
        session.clear()
        return None
    if touch and now.timestamp() - session[_SEEN] >= _TOUCH_AFTER.total_seconds():
        session[_SEEN] = int(now.timestamp())
    found: User = current_user.user
    return found


def _expired(now: datetime, idle: timedelta, absolute: timedelta) -> bool:
    started, seen = session.get(_STARTED, 0), session.get(_SEEN, 0)
    at = now.timestamp()
    return bool(at - seen >= idle.total_seconds() or at - started >= absolute.total_seconds())
