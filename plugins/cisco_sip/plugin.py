"""What data does not express: the files that a phone's own file names."""

from __future__ import annotations

from collections.abc import Iterator

from provd.vendors.formats.lines import read_colon_quoted
from provd.vendors.formats.xml import paths
from provd.vendors.values import Model


def named_files(content: bytes, model: Model, mac: str) -> Iterator[str]:
    """Firmware, languages, tones and the dial plan, in the order in which they were seen on the
    wire. Without a language the phones ask for its files at the root."""
    text = content.decode(errors="replace")
    if model.facts["family"] == "text":
        name = dict(read_colon_quoted(text)).get("dial_template")
        yield from [f"{name}.xml"] if name else []
        return
    read = dict(paths(text))
    load = read.get("loadInformation", "")
    yield from [f"{load}.loads"] if load else []
    yield _below(read.get("userLocale/name", ""), "mk-sip.jar")
    yield _below(read.get("networkLocale", ""), "g3-tones.xml")
    dial_plan = read.get("sipProfile/dialTemplate", "")
    yield from [dial_plan] if dial_plan else []


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
