"""What data does not express: the files that a master file names."""

from __future__ import annotations

from collections.abc import Iterator

from provd.vendors.formats.xml import root
from provd.vendors.values import Model


def named_files(content: bytes, model: Model, mac: str) -> Iterator[str]:
    """The names in CONFIG_FILES, left to right, and the directory where CONTACTS_DIRECTORY has one;
    the model's own CONFIG_FILES_{MODEL} instead where the master has it (UC Software administrator
    guide, "Master Configuration File")."""
    word = model.name.replace("_", "")
    attributes = {name: value for part in root(content).iter() for name, value in part.items()}
    names = attributes.get(f"CONFIG_FILES_{word}", attributes.get("CONFIG_FILES", ""))
    meant = {
        "[PHONE_MAC_ADDRESS]": mac,
        "[PHONE_MODEL]": word,
        "[PHONE_PART_NUMBER]": str(model.facts.get("part", "")),
    }
    for name in names.split(","):
        for written, real in meant.items():
            name = name.replace(written, real)
        if name.strip():
            yield name.strip()
    if folder := attributes.get("CONTACTS_DIRECTORY", "").strip("/"):
        yield f"{folder}/{mac}-directory.xml"
