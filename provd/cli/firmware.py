"""`provd firmware`: the images that phones update themselves with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.text import Text

from provd.cli.configured import configured
from provd.cli.shared import (
    Shared,
    console,
    counted,
    data_option,
    opened,
    operator,
    table,
)
from provd.vendors import new_firmware
from provd.vendors.archives import Archived, image_in
from provd.vendors.firmware import Firmware, Image
from provd.vendors.images import Found, identity_of, verified
from provd.vendors.images import Progress as Report
from provd.vendors.registry import Registry


@click.group()
def firmware() -> None:
    """Add firmware images, list them, verify them."""


@firmware.command("add", short_help="Copy an image and enter it.")
@data_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--vendor", required=True, help="Whose phones it is for.")
@click.option("--version", required=True, help="As the vendor writes it.")
@click.option("--models", required=True, metavar="A,B,C", help="Models that it is for.")
@click.option("--member", default="", help="Which file of a zip file; not needed for its only one.")
@click.option("--whole", is_flag=True, help="The zip file itself is what phones fetch.")
@click.pass_obj
def add(
    shared: Shared, file: Path, vendor: str, version: str, models: str, member: str, whole: bool
) -> None:
    """Copy the image FILE into the firmware folder and enter it in the vendor's firmware.yaml. Of a
    FILE.zip a single file is taken out.

    A daemon that runs serves it once it has got SIGHUP.
    """
    configuration = configured(shared)
    registry = Registry.load(configuration.plugins)
    names = [name.strip() for name in models.split(",") if name.strip()]
    source: Path | Archived = file
    if member or (file.suffix.lower() == ".zip" and not whole):
        source = image_in(file, member, configuration.limits.firmware_megabytes << 20)
    size = source.size if isinstance(source, Archived) else file.stat().st_size
    with _progress("Copying", size) as report:
        made = new_firmware.add(
            source,
            configuration.firmware,
            registry,
            vendor=vendor.lower(),
            version=version,
            models=names,
            progress=report,
        )
    console().print(f"Added {made.path}, {counted(len(made.models), 'model')}")
    console().print(f"SHA-256 {made.sha256}. Compare it with the vendor's, then send provd SIGHUP")


@firmware.command("list", short_help="List the images, or who is told what.")
@data_option
@click.option("--phones", is_flag=True, help="List the phones, and what each is told to run.")
@click.pass_obj
def list_images(shared: Shared, phones: bool) -> None:
    """List the images, each compared with its entry; or, with --phones, who is told what."""
    if phones:
        _print_phones(shared)
        return
    images = _images(shared)
    if not images:
        console().print("There is no firmware yet. Add some: provd firmware add --help")
        return
    rows = table("vendor", "file", "version", "MiB", "state", "models", wraps="models")
    for image, found in _examined(images):
        size = found.identity.size / (1 << 20) if found.identity else 0.0
        state = Text("withheld", "red") if found.problem else Text("verified", "green")
        amount = Text(f"{size:.1f}", justify="right")
        rows.add_row(image.vendor, image.file, image.version, amount, state, " ".join(image.models))
    console().print(rows)


@firmware.command("verify", short_help="Compare every image with its entry.")
@data_option
@click.pass_obj
def verify(shared: Shared) -> None:
    """Compare every image with its entry, and end with 1 where one differs."""
    images = _images(shared)
    wrong = [(image, found) for image, found in _examined(images) if found.problem]
    for image, found in wrong:
        line = f"{image.vendor}/{image.file}: withheld, because {found.problem}"
        console().print(line, soft_wrap=True)
    if wrong:
        raise click.exceptions.Exit(1)
    console().print(f"{counted(len(images), 'image')} verified")


def _print_phones(shared: Shared) -> None:
    rows = table("MAC", "vendor", "model", "told", "why not", wraps="why not")
    counts: Counter[str] = Counter()
    with opened(shared) as parts:
        for told in parts.operations.firmware.told(operator(parts)):
            one, where = told.device, " on the bench" if told.bench_only else ""
            reason = "" if told.version else told.choice.reason
            rows.add_row(
                str(one.mac), one.vendor, one.model, f"{told.version or 'none'}{where}", reason
            )
            counts[f"{one.vendor} {told.version}" if told.version else "none"] += 1
    console().print(rows)
    for what, count in sorted(counts.items()):
        console().print(f"{counted(count, 'phone')} told of {what}")


def _images(shared: Shared) -> tuple[Image, ...]:
    configuration = configured(shared)
    return Firmware.load(configuration.firmware, Registry.load(configuration.plugins)).images


def _examined(images: Iterable[Image]) -> list[tuple[Image, Found]]:
    images = tuple(images)
    sizes = [identity.size for identity in map(identity_of, images) if identity]
    with _progress("Verifying", sum(sizes)) as report:
        return [(image, verified(image, report)) for image in images]


@contextmanager
def _progress(what: str, octets: int) -> Iterator[Report]:
    """A bar on a terminal's standard error, gone when it is done; elsewhere nothing."""
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=octets)
        yield lambda done: shown.advance(task, done)
