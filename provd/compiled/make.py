"""Compiles them: `python -m provd.compiled.make`, for which scripts/compile installs what it takes.

The result takes the place of an older one at once and whole; a daemon that runs has all of that in
memory. With `--fits` it only ends with 0 where there is nothing to do, else with 1.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from provd.compiled import LIBRARY, MANIFEST, MODULES, ROOT, checksum, folder, unusable

_GROUP = LIBRARY.removesuffix("__mypyc")


def main() -> None:
    if sys.argv[1:] == ["--fits"]:
        raise SystemExit(0 if _fits(folder()) else 1)
    make(folder())


def make(where: Path) -> None:
    """Raises SystemExit when mypy or the compiler finds a fault; then `where` stays as it is."""
    with tempfile.TemporaryDirectory(dir=where.parent, prefix=f".{where.name}-") as made:
        made_in = Path(made)
        sources = {name: checksum(ROOT / name) for name in sources_of(MODULES)}
        compile_into(made_in / "result", made_in / "work")
        manifest = {"modules": MODULES, "sources": sources}
        (made_in / "result" / MANIFEST).write_text(json.dumps(manifest, indent=1))
        if where.exists():
            where.rename(made_in / "before")
        (made_in / "result").rename(where)


def compile_into(result: Path, work: Path) -> None:
    """All modules. Raises SystemExit."""
    from mypyc.build import mypycify
    from setuptools import Distribution  # type: ignore[import-untyped]

    for each in (result, work):
        each.mkdir()
    os.chdir(ROOT)  # where mypy's settings are
    extensions = mypycify(
        [str(_path(name)) for name in MODULES],
        opt_level="2",
        debug_level="0",
        group_name=_GROUP,
        target_dir=str(work),
    )
    distribution = Distribution({"name": "provd", "ext_modules": extensions})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(result), str(work)
    command.ensure_finalized()
    command.run()


def sources_of(modules: Iterable[str]) -> list[str]:
    """The files of these modules and of all of provd that they import, directly or not, as paths
    from the repository's folder: what mypyc knows of any of them may be in the result."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name in found or not (ROOT / path).is_file():
            continue
        found.add(name)
        waiting += _imported(ROOT / path)
    return sorted(str(_path(name)) for name in found)


def _imported(file: Path) -> list[str]:
    """Names of provd's that may be modules."""
    names = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.startswith("provd.")]


def _path(name: str) -> Path:
    file = Path(*name.split("."))
    package = file / "__init__.py"
    return package if (ROOT / package).is_file() else file.with_suffix(".py")


def _fits(where: Path) -> bool:
    if unusable(where):
        return False
    return bool(json.loads((where / MANIFEST).read_text())["modules"] == list(MODULES))


if __name__ == "__main__":
    main()
