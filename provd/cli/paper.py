"""Documents as files."""

from __future__ import annotations

from pathlib import Path

from provd.cli.shared import console
from provd.operations.invoice_papers import Paper


def write_paper(paper: Paper, output: Path | None) -> None:
    """Into the folder or file given, else a file of its own name here."""
    path = output or Path(paper.name)
    if path.is_dir():
        path = path / paper.name
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(paper.content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    console().print(f"Written: {path}", soft_wrap=True)
