"""What one key of plugin.yaml says of another, or of the folder: every mistake, with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provd.devices.keys import KEY_KINDS
from provd.devices.settings import setting
from provd.errors import PluginError, SettingError
from provd.vendors.manifest import FileRow, Manifest, When
from provd.vendors.yamlfile import Document, Location


def reference_problems(
    manifest: Manifest, folder: Path, document: Document
) -> Iterator[PluginError]:
    if manifest.name != folder.name:
        yield _wrong(
            f"the folder is called {folder.name}",
            document,
            ("name",),
            "Folder and name must be the same word",
        )
    for name, row in manifest.files.items():
        yield from _file(name, row, manifest, folder, document)
        yield from _families(name, row, manifest, document)
    for position, step in enumerate(manifest.boot):
        for name in (step.file, *step.unless):
            if name not in manifest.files:
                remedy = f"files has: {', '.join(manifest.files)}"
                yield _wrong(f"there is no file “{name}”", document, ("boot", position), remedy)
        yield from _family(("boot", position, "when"), step.when, manifest, document)
    for position, option in enumerate(manifest.dhcp):
        yield from _family(("dhcp", position, "when"), option.when, manifest, document)
    for position, notify in enumerate(manifest.resync):
        yield from _family(("resync", position, "when"), notify.when, manifest, document)
    yield from _limits(manifest, document)
    yield from _keys(manifest, document)
    names = [row[0] for row in manifest.models.rows if row]
    for model in manifest.model_settings:
        if model not in names:
            yield _wrong("there is no such model", document, ("model_settings", model))


def _limits(manifest: Manifest, document: Document) -> Iterator[PluginError]:
    for position, row in enumerate(manifest.limits):
        yield from _family(("limits", position, "when"), row.when, manifest, document)
        try:
            for value in row.values:
                setting(row.setting).check(value)
        except SettingError as error:
            yield _wrong(error.problem, document, ("limits", position), error.remedy)


def _keys(manifest: Manifest, document: Document) -> Iterator[PluginError]:
    for kind in manifest.words.get("keys", {}):
        if kind not in KEY_KINDS:
            remedy = f"There are: {', '.join(KEY_KINDS)}"
            said = f"there is no kind of key “{kind}”"
            yield _wrong(said, document, ("words", "keys", kind), remedy)


def _file(
    name: str, row: FileRow, manifest: Manifest, folder: Path, document: Document
) -> Iterator[PluginError]:
    place = ("files", name)
    if row.same_as:
        other = manifest.files.get(row.same_as)
        if other is None or other.same_as or other.template != row.template:
            said = f"there is no file “{row.same_as}” of the same template"
            yield _wrong(said, document, (*place, "same_as"))
    if row.template and row.format == "":
        yield _wrong("a file with a template needs a format", document, place)
    if row.upload and (row.template or "{mac" not in row.path.lower()):
        yield _wrong(
            "only a file of one phone's own, without a template, can come from it",
            document,
            (*place, "upload"),
            "Remove upload, or write {mac} into its path",
        )
    if row.template and not (folder / "templates" / row.template).is_file():
        said = f"there is no templates/{row.template}"
        yield _wrong(said, document, (*place, "template"))


def _families(
    name: str, row: FileRow, manifest: Manifest, document: Document
) -> Iterator[PluginError]:
    yield from _family(("files", name, "when"), row.when, manifest, document)
    for at, how in enumerate(row.encryption):
        place = ("files", name, "encryption", at, "when")
        yield from _family(place, how.when, manifest, document)


def _family(
    place: Location, when: When, manifest: Manifest, document: Document
) -> Iterator[PluginError]:
    """It names columns that there are, and words that stand in some row of them."""
    columns = manifest.models.columns
    for column, words in when.items():
        if column not in columns:
            yield _wrong(f"the models have no column {column}", document, (*place, column))
            continue
        at = columns.index(column)
        known = [row[at] for row in manifest.models.rows if at < len(row)]
        for word in words:
            if word not in known:
                yield _wrong(f"no model has {column} = {word}", document, (*place, column))


def _wrong(said: str, document: Document, place: Location, remedy: str = "") -> PluginError:
    key = ".".join(str(part) for part in place)
    return PluginError(said, where=document.where(place), key=key, remedy=remedy)
