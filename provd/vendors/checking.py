"""All that is wrong with a vendor's folder, by file, line and key, for whoever writes one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from provd.devices.layers import Layer
from provd.errors import PluginError, ProvdError, RenderError
from provd.vendors import variables
from provd.vendors.cases import read_cases
from provd.vendors.golden import difference, results
from provd.vendors.manifest import Manifest, read_document, validated
from provd.vendors.models import checked_models
from provd.vendors.references import reference_problems
from provd.vendors.rendering import Templates
from provd.vendors.vendor import Vendor
from provd.vendors.yamlfile import Document

AGENTS = "user_agents.tsv"
_HEADING = ["vendor", "model", "version", "mac", "user_agent"]
_RENEW = "Read the difference. Where it is meant: provd vendor renew {}"


def problems(folder: Path, default: Layer) -> Iterator[ProvdError]:
    """`default` is the layer under the vendor's own. What rests on something broken is looked at
    when that is mended: keys first, then templates and models, then the vendor's own cases."""
    vendor, found = _read(folder)
    yield from found
    if vendor is not None and not found:
        yield from (*_cases(vendor, default), *_agents(vendor), *_words(vendor))


def structure_problems(folder: Path) -> list[ProvdError]:
    """What keeps a vendor from being used, its cases and its table of User-Agents left aside."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[Vendor | None, list[ProvdError]]:
    """The vendor, where it can be read, and what is wrong with it."""
    try:
        document = read_document(folder)
    except PluginError as error:
        return None, [error]
    manifest, wrong = validated(document)
    found: list[ProvdError] = [*wrong]
    if manifest is not None:
        found += _inside(manifest, folder, document)
    if manifest is None or found:
        return None, found
    try:
        vendor = Vendor(folder)
    except ProvdError as error:
        return None, [error]
    return vendor, [*model_problems(vendor)]


def _inside(manifest: Manifest, folder: Path, document: Document) -> Iterator[PluginError]:
    yield from reference_problems(manifest, folder, document)
    yield from checked_models(manifest, document)[1]
    templates = Templates(folder, manifest.words, tuple(manifest.reserved))
    yield from templates.problems(variables.names(manifest.models.columns))


def model_problems(vendor: Vendor) -> Iterator[ProvdError]:
    """Models that could never come into service."""
    where = f"{vendor.folder.name}/plugin.yaml"
    for model in vendor.models:
        if not vendor.required_kinds(model):
            yield PluginError(
                f"nothing tells when a {model.name} has its whole configuration",
                where=where,
                key="files",
                remedy="Mark a file of that model with completes_boot",
            )


def _words(vendor: Vendor) -> Iterator[ProvdError]:
    if not (vendor.folder / "README.md").is_file():
        yield PluginError(
            "there is no README.md",
            where=vendor.folder.name,
            remedy="Say where each fact comes from, and what was never tried on a phone",
        )


def _cases(vendor: Vendor, default: Layer) -> Iterator[ProvdError]:
    try:
        yield from read_cases(vendor.folder)[1]
        found = dict(results(vendor, default))
    except ProvdError as error:
        yield error
        return
    for golden, content in found.items():
        if isinstance(content, ProvdError):
            yield RenderError(f"{golden.name}: {content}")
        elif not golden.is_file():
            yield _golden(vendor, golden, "is not there yet")
        elif (kept := golden.read_bytes()) != content:
            yield _golden(vendor, golden, difference(golden.name, kept, content))
    for path in sorted((vendor.folder / "tests" / "golden").glob("*")):
        if path not in found:
            yield _golden(vendor, path, "belongs to no case")


def _golden(vendor: Vendor, path: Path, what: str) -> PluginError:
    remedy = _RENEW.format(vendor.name)
    return PluginError(what, where=f"{vendor.name}/tests/golden/{path.name}", remedy=remedy)


def _agents(vendor: Vendor) -> Iterator[ProvdError]:
    """Every User-Agent of the table gives the model, version and MAC beside it."""
    path = vendor.folder / "tests" / AGENTS
    where = f"{vendor.name}/tests/{AGENTS}"
    if not path.is_file():
        yield PluginError("there is none", where=where, remedy="List the User-Agents you know")
        return
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        row = line.split("\t")
        place = f"{where} line {number}"
        if number == 1 or len(row) != len(_HEADING):
            if row != _HEADING:
                yield PluginError(f"the columns are {', '.join(_HEADING)}", where=place)
            continue
        found = vendor.identify(unescaped(row[4]))
        seen = (found.model, found.version, found.mac.digits if found.mac else "") if found else ()
        if seen != tuple(row[1:4]):
            yield PluginError(f"it is taken for {seen or 'nobody'}", where=place, key=row[4])


def unescaped(agent: str) -> str:
    r"""A table writes an octet that is no letter as \xNN; HTTP reads it as ISO 8859-1."""
    parts = agent.split(r"\x")
    return parts[0] + "".join(chr(int(part[:2], 16)) + part[2:] for part in parts[1:])
