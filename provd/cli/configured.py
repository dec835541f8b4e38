"""The configuration that a command works with."""

from __future__ import annotations

import os

from provd.cli.group import Shared
from provd.configuration import Configuration
from provd.configuration_file import configuration_from


def configured(shared: Shared) -> Configuration:
    """Raises ConfigurationError."""
    given = {"data": str(shared.data) if shared.data else None, **shared.overrides}
    return configuration_from(os.environ, given)
