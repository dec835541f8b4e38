"""How a boot on the timeline is summed up.

A phone asks for files that it can do without, and is told that they do not exist: that is no
refusal worth red ink.
"""

from __future__ import annotations

from flask import Flask

from provd.exchange import Reason
from provd.operations import Boot

_HARMLESS = {"", Reason.NO_SUCH_FILE.value}


def refusal(boot: Boot) -> str:
    """Why the last file was refused that should not have been; empty when none was."""
    reasons = [entry.reason for entry in boot.entries if entry.reason not in _HARMLESS]
    return reasons[-1] if reasons else ""


def boot_title(boot: Boot) -> str:
    if boot.complete:
        return "Configuration arrived whole"
    if refusal(boot):
        return f"Refused: {refusal(boot)}"
    if all(entry.reason for entry in boot.entries):
        return "Asked only for files that do not exist"
    return "Not the whole configuration"


def boot_kind(boot: Boot) -> str:
    """The class that gives it its colour."""
    if boot.complete:
        return "good"
    return "bad" if refusal(boot) else "quiet"


def add_timeline(app: Flask) -> None:
    for filter_ in (boot_title, boot_kind, refusal):
        app.add_template_filter(filter_)
    app.jinja_env.globals["no_such_file"] = Reason.NO_SUCH_FILE.value
