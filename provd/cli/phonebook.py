"""`provd phonebook`: what customers' phones show as their phone book."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from provd.cli.shared import Shared, console, counted, data_option, opened, operator, table, visible
from provd.crypto.files import PRIVATE, write_atomically
from provd.devices.contact import NUMBER_KINDS
from provd.errors import InputError
from provd.operations.phonebooks import CheckedContacts

Command = TypeVar("Command", bound=Callable[..., Any])


def _number_options(command: Command) -> Command:
    for kind in reversed(NUMBER_KINDS):
        command = click.option(f"--{kind}", default="", help=f"The number: {kind}.")(command)
    return command


@click.group("phonebook", short_help="Customers' phone books.")
def phonebook() -> None:
    """What the phones of a customer show as their phone book. They get it from here where their
    vendor has a form for it, unless phonebook.url names another."""


@phonebook.command("list")
@data_option
@click.argument("customer")
@click.pass_obj
def list_contacts(shared: Shared, customer: str) -> None:
    """List the contacts of CUSTOMER."""
    with opened(shared) as parts:
        books, actor = parts.operations.phonebooks, operator(parts)
        entries = books.book(actor, books.customer(actor, customer).id).entries
    rows = table("name", *NUMBER_KINDS, wraps="name")
    for entry in entries:
        numbers = (entry.contact.number(kind) for kind in NUMBER_KINDS)
        rows.add_row(visible(entry.contact.name), *numbers)
    console().print(rows if entries else "The phone book is empty.")


@phonebook.command("add", short_help="Add a contact.")
@data_option
@click.argument("customer")
@click.argument("name")
@_number_options
@click.pass_obj
def add_contact(shared: Shared, /, customer: str, name: str, **numbers: str) -> None:
    """Add the contact NAME to the phone book of CUSTOMER, with a number at least."""
    with opened(shared) as parts:
        books, actor = parts.operations.phonebooks, operator(parts)
        added = books.add(actor, books.customer(actor, customer).id, name, numbers)
    console().print(f"{added.name} is in the phone book. Phones get it when they next ask.")


@phonebook.command("remove", short_help="Take a contact out of a phone book.")
@data_option
@click.argument("customer")
@click.argument("name")
@click.pass_obj
def remove_contact(shared: Shared, customer: str, name: str) -> None:
    """Take the contact NAME out of the phone book of CUSTOMER."""
    with opened(shared) as parts:
        books, actor = parts.operations.phonebooks, operator(parts)
        removed = books.remove_named(actor, books.customer(actor, customer).id, name)
    console().print(f"{removed.name} is no longer in the phone book.")


@phonebook.command("import", short_help="Take contacts from a CSV file.")
@data_option
@click.argument("customer")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what it would do, and do nothing.")
@click.pass_obj
def import_contacts(shared: Shared, customer: str, file: BinaryIO, dry_run: bool) -> None:
    """Put the contacts of FILE, a CSV file ("-" is standard input), into the phone book of
    CUSTOMER: all of them, or none when anything is wrong. Its first row names the columns: name,
    work, mobile, home, other. Who has a name that is there already gets the numbers of the file."""
    with opened(shared) as parts:
        books, actor = parts.operations.phonebooks, operator(parts)
        customer_id = books.customer(actor, customer).id
        checked = books.check(actor, customer_id, file)
        console().print(summary(checked))
        if checked.mistakes:
            _print_mistakes(checked)
            raise InputError("nothing was imported", remedy="Mend the file and import it again")
        if not dry_run:
            books.put(actor, customer_id, checked)


@phonebook.command("export", short_help="Write a phone book as a CSV file.")
@data_option
@click.argument("customer")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
@click.pass_obj
def export_contacts(shared: Shared, customer: str, out: Path | None) -> None:
    """Write the phone book of CUSTOMER as a CSV file that `provd phonebook import` reads. What a
    spreadsheet would take for a formula, +4930 included, has a ' before it."""
    with opened(shared) as parts:
        books, actor = parts.operations.phonebooks, operator(parts)
        text = "".join(books.export(actor, books.customer(actor, customer).id))
    if out is not None:
        write_atomically(out, text.encode(), mode=PRIVATE)
    else:
        click.echo(text.encode(), nl=False)


def summary(checked: CheckedContacts) -> str:
    parts = [f"{counted(checked.rows, 'contact')} in the file: {len(checked.new)} new"]
    if checked.changed:
        parts.append(f"{len(checked.changed)} with other numbers")
    if checked.unchanged:
        parts.append(f"{checked.unchanged} there already just so")
    if checked.mistakes:
        parts.append(counted(len(checked.mistakes), "mistake"))
    return ", ".join(parts) + "."


def _print_mistakes(checked: CheckedContacts) -> None:
    rows = table("row", "column", "what is wrong", wraps="what is wrong")
    for mistake in checked.mistakes:
        text = f"{mistake.problem}. {mistake.remedy}" if mistake.remedy else mistake.problem
        rows.add_row(str(mistake.row), mistake.column, visible(text))
    console(stderr=True).print(rows)
