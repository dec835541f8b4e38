"""A plugin of pytest that has everything run compiled: `pytest -p tests.compiled tests/servers`."""

from provd import compiled

if why := compiled.use():
    raise RuntimeError(why)
