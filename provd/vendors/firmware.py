"""firmware/<vendor>/firmware.yaml: which images there are, checked before anything uses it.

Whether an image is what its entry says, `provd.vendors.images` finds out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from provd.errors import NotFoundError, PluginError
from provd.vendors.registry import Registry
from provd.vendors.yamlfile import Document, Location, read_yaml

MANIFEST = "firmware.yaml"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Image:
    """A firmware image as its entry describes it. `sha256` has 64 lower-case hexadecimal digits,
    `models` are names of the vendor's models; `path` is where it should lie."""

    vendor: str
    file: str
    version: str
    sha256: str
    models: tuple[str, ...]
    path: Path


def file_name(text: str) -> str:
    """The text itself. Raises ValueError for what a phone could not ask for, or what would leave
    the vendor's folder."""
    if not text.isprintable() or len(text) > _LONGEST_NAME or text != text.strip():
        raise ValueError(f"a file name is one line of at most {_LONGEST_NAME} characters")
    if re.search(r"[/\\]", text) or text.startswith(".") or text == MANIFEST:
        raise ValueError("a file name has no slash, no dot at its beginning, and is not ours")
    return text


def _digest(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("a SHA-256 has 64 lower-case hexadecimal digits")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ImageRow(_Strict):
    """One entry of firmware.yaml."""

    file: Annotated[str, AfterValidator(file_name)]
    version: Annotated[str, Field(min_length=1, max_length=64)]
    sha256: Annotated[str, AfterValidator(_digest)]
    models: Annotated[list[str], Field(min_length=1)]


class _Manifest(_Strict):
    images: list[ImageRow] = []


class Firmware:
    """All images, found by what phones ask for. Immutable."""

    def __init__(self, images: Iterable[Image] = ()) -> None:
        self.images = tuple(images)
        names = Counter(image.file for image in self.images)
        self._by_name = {one.file: one for one in self.images if names[one.file] == 1}
        self._by_place = {(one.vendor, one.file): one for one in self.images}
        self._names = frozenset(names)

    @classmethod
    def load(cls, folder: Path, registry: Registry) -> Firmware:
        """Each folder below `folder` that has a firmware.yaml; none where there is no `folder`.

        Raises PluginError, naming file, line, key and remedy.
        """
        manifests = sorted(folder.glob(f"*/{MANIFEST}"))
        return cls(image for path in manifests for image in _images(path, registry))

    def find(self, path: str) -> Image | None:
        """By `<vendor>/<file>`, with whatever folders before, or by a file name that only one
        vendor uses: phones write the address that they were given before the name."""
        folders, _, name = path.rpartition("/")
        if name not in self._names:
            return None
        vendor = folders.rpartition("/")[2]
        return self._by_place.get((vendor, name)) or self._by_name.get(name)


def rows(path: Path) -> list[ImageRow]:
    """The entries of one firmware.yaml; none where there is no file. Raises PluginError."""
    return list(_manifest(_document(path)).images) if path.exists() else []


def _document(path: Path) -> Document:
    return read_yaml(path, "/".join(path.parts[-3:]))


def _manifest(document: Document) -> _Manifest:
    try:
        return _Manifest.model_validate(document.data or {})
    except ValidationError as error:
        raise _refusal(error, document) from None


def _images(path: Path, registry: Registry) -> Iterator[Image]:
    document = _document(path)
    folder = path.parent
    seen: set[str] = set()
    for position, row in enumerate(_manifest(document).images):
        place: Location = ("images", position)
        check_row(row, folder.name, registry, document.where((*place, "file")))
        if row.file in seen:
            raise PluginError("the image has an entry already", where=document.where(place))
        seen.add(row.file)
        yield image(row, folder)


def image(row: ImageRow, folder: Path) -> Image:
    """The value of an entry in the vendor's `folder`."""
    models = tuple(row.models)
    return Image(folder.name, row.file, row.version, row.sha256, models, folder / row.file)


def check_row(row: ImageRow, vendor: str, registry: Registry, where: str) -> None:
    """What an entry says of the vendor holds. Raises PluginError."""
    try:
        models = [registry.vendor(vendor).model(name).name for name in row.models]
    except NotFoundError as error:
        raise PluginError(error.problem, where=where, key=error.key, remedy=error.remedy) from None
    for name, written in zip(models, row.models, strict=True):
        if name != written:
            raise PluginError(
                f"the model is called {name}, not {written}", where=where, key="models"
            )
    taken = [match for match in registry.candidates(row.file) if match.file.template or match.mac]
    if taken:
        raise PluginError(
            f"phones of {taken[0].vendor} ask for their configuration by that name",
            where=where,
            key="file",
            remedy="Give the image another name",
        )


_REMEDIES: Mapping[str, str] = {
    "extra_forbidden": "Look for a slip of the pen",
    "string_type": "Put the value in quotes",
    "missing": "Add it; provd firmware add writes whole entries",
}


def _refusal(error: ValidationError, document: Document) -> PluginError:
    errors = error.errors(include_url=False, include_input=False)
    # A key with a slip of the pen is missing as well, which is not what helps.
    first = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "there is no such key"
    remedy = _REMEDIES.get(first["type"], "")
    return PluginError(message, where=document.where(first["loc"]), key=key, remedy=remedy)
