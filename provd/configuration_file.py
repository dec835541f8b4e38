"""Which file configures an installation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provd.configuration import Configuration
from provd.configuration_sources import CONFIG

CONFIGURATION_FILE = "provd.yaml"


def configuration_from(
    environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Configuration:
    """From PROVD_CONFIG, else provd.yaml in the data folder, else the defaults.

    Raises ConfigurationError.
    """
    overrides = overrides or {}
    named = environ.get(CONFIG)
    if named:
        return Configuration.load(Path(named), environ, overrides)
    first = Configuration.load(None, environ, overrides)
    own = first.data / CONFIGURATION_FILE
    if not own.is_file():
        return first
    # The file lies in the data folder, so it can't move it.
    return Configuration.load(own, environ, {**overrides, "data": str(first.data)})
