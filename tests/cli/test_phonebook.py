"""`provd phonebook`: contacts of a customer from the terminal."""

from pathlib import Path

from tests.cli.conftest import Run, printed, sentence

CUSTOMER = "Harbour Dental Practice"


def test_a_contact_is_added_listed_and_removed(run: Run) -> None:
    assert "is empty" in printed(run("phonebook", "list", CUSTOMER))
    added = run("phonebook", "add", CUSTOMER, "Ann", "--work", "100", "--mobile", "0151 2")
    assert "Ann is in the phone book" in printed(added)
    listed = printed(run("phonebook", "list", CUSTOMER))
    assert listed.splitlines()[1].split() == ["Ann", "100", "01512"]
    assert "no longer" in printed(run("phonebook", "remove", CUSTOMER, "ann"))
    assert "is empty" in printed(run("phonebook", "list", CUSTOMER))


def test_what_is_wrong_is_one_sentence(run: Run) -> None:
    assert "no customer “Nobody”" in sentence(run("phonebook", "list", "Nobody"))
    assert "can't be dialled" in sentence(run("phonebook", "add", CUSTOMER, "A", "--work", "x"))
    assert "no contact “Ann”" in sentence(run("phonebook", "remove", CUSTOMER, "Ann"))


def test_a_file_is_imported_and_exported(run: Run, tmp_path: Path) -> None:
    file, out = tmp_path / "book.csv", tmp_path / "out.csv"
    file.write_text("name,work\nAnn,+4930\n")
    said = printed(run("phonebook", "import", CUSTOMER, str(file), "--dry-run"))
    assert said == "1 contact in the file: 1 new.\n"
    assert "is empty" in printed(run("phonebook", "list", CUSTOMER))
    printed(run("phonebook", "import", CUSTOMER, str(file)))
    printed(run("phonebook", "export", CUSTOMER, "--out", str(out)))
    text = "name,work,mobile,home,other\r\nAnn,'+4930,,,\r\n"
    assert out.read_bytes().decode() == text
    assert run("phonebook", "export", CUSTOMER).stdout_bytes.decode() == text
    assert "1 there already" in printed(run("phonebook", "import", CUSTOMER, str(out)))


def test_mistakes_are_all_told_and_nothing_is_imported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_text("name,work\nAnn,x\n,1\nBo,1\n")
    result = run("phonebook", "import", CUSTOMER, str(file))
    assert result.exit_code == 1
    assert "2 mistakes" in result.stdout
    assert "can't be dialled" in result.stderr
    assert "a name is needed" in result.stderr
    assert "is empty" in printed(run("phonebook", "list", CUSTOMER))
