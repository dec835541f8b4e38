"""provd.yaml, environment and command line."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import yaml

from provd.configuration import KEYS, Configuration
from provd.errors import ConfigurationError

REFERENCE = Path(__file__).parent.parent / "provd.yaml"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "provd.yaml"


def load(path: Path, text: str) -> Configuration:
    path.write_text(text)
    return Configuration.load(path, {})


def test_the_reference_file_says_the_defaults() -> None:
    assert Configuration.load(REFERENCE, {}) == Configuration.load(None, {})


def test_the_reference_file_has_every_key_and_explains_it() -> None:
    def leaves(section: dict[str, object], before: str = "") -> set[str]:
        found: set[str] = set()
        for name, value in section.items():
            deeper = (
                leaves(value, f"{before}{name}.") if isinstance(value, dict) else {before + name}
            )
            found |= deeper
        return found

    text = REFERENCE.read_text()
    assert leaves(yaml.safe_load(text)) == set(KEYS)
    assert "port_base" in text


def test_every_key_has_a_remedy() -> None:
    assert [key for key, remedy in KEYS.items() if not remedy] == []


def test_ports_are_four_in_a_row() -> None:
    listen = Configuration.load(None, {}).listen
    assert [listen.tftp_port, listen.http_port, listen.https_port, listen.portal_port] == [
        6900,
        6901,
        6902,
        6903,
    ]


def test_folders_of_a_file_are_relative_to_it(written: Path) -> None:
    configuration = load(written, "data: state\nplugins: /opt/plugins\n")
    assert configuration.data == written.parent / "state"
    assert configuration.plugins == Path("/opt/plugins")
    assert configuration.profiles.is_absolute()


def test_folders_of_the_command_line_are_relative_to_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Configuration.load(None, {}, {"data": Path("d")}).data == tmp_path / "d"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(written: Path) -> None:
    written.write_text("listen: {tftp_port: 1069, http_port: 1080, https_port: 1443}\n")
    environ = {"PROVD_LISTEN__HTTP_PORT": "2080", "PROVD_LISTEN__HTTPS_PORT": "2443"}
    listen = Configuration.load(written, environ, {"listen.https_port": 3443}).listen
    assert (listen.tftp_port, listen.http_port, listen.https_port) == (1069, 2080, 3443)


def test_an_option_that_was_not_given_changes_nothing() -> None:
    assert Configuration.load(None, {}, {"data": None}) == Configuration.load(None, {})


def test_port_base_on_the_command_line_wins_over_single_ports_in_the_file() -> None:
    listen = Configuration.load(REFERENCE, {}, {"listen.port_base": 7000}).listen
    assert (listen.tftp_port, listen.portal_port) == (7000, 7003)


def test_a_single_port_beside_port_base_wins(written: Path) -> None:
    listen = load(written, "listen: {port_base: 7000, tftp_port: 69}").listen
    assert (listen.tftp_port, listen.http_port) == (69, 7001)


def test_port_base_0_takes_free_ports() -> None:
    listen = Configuration.load(None, {"PROVD_LISTEN__PORT_BASE": "0"}).listen
    assert {listen.tftp_port, listen.http_port, listen.https_port, listen.portal_port} == {0}


@pytest.mark.parametrize("base", ["65533", "-1", "many", "true"])
def test_port_base_leaves_room_for_four_ports(base: str) -> None:
    with pytest.raises(ConfigurationError, match="first of four ports"):
        Configuration.load(None, {"PROVD_LISTEN__PORT_BASE": base})


def test_a_list_in_the_environment_stands_between_commas() -> None:
    environ = {"PROVD_NETWORKS__BENCH": "10.1.0.0/16, 2001:db8::/32", "PROVD_TLS__NAMES": "a,b"}
    configuration = Configuration.load(None, environ)
    assert configuration.networks.bench == (ip_network("10.1.0.0/16"), ip_network("2001:db8::/32"))
    assert configuration.tls.names == ("a", "b")


def test_an_empty_list_in_the_environment_is_empty(written: Path) -> None:
    written.write_text("networks: {bench: [10.0.0.0/8]}")
    assert Configuration.load(written, {"PROVD_NETWORKS__BENCH": ""}).networks.bench == ()


def test_other_programs_variables_are_not_ours() -> None:
    environ = {"HOME": "/root", "PROVD_CONFIG": "/etc/provd.yaml", "PROVDX": "1"}
    assert Configuration.load(None, environ) == Configuration.load(None, {})


def test_a_section_whose_keys_are_commented_out_is_empty(written: Path) -> None:
    assert load(written, "listen:\n  # tftp_port: 69\n") == Configuration.load(None, {})


def test_an_empty_file_is_all_defaults(written: Path) -> None:
    assert load(written, "# nothing\n") == Configuration.load(None, {})


def refusal(written: Path, text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load(written, text)
    return caught.value


def test_an_unknown_key_is_refused_with_its_line_and_the_likely_one(written: Path) -> None:
    error = refusal(written, "data: d\n\nlisten:\n  http_port: 80\n  tftp_prt: 69\n")
    assert error.where == f"{written} line 5"
    assert error.key == "listen.tftp_prt"
    assert error.remedy == "Did you mean listen.tftp_port?"


def test_an_unknown_variable_is_refused_with_the_likely_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Configuration.load(None, {"PROVD_LISTEN_TFTP_PORT": "69"})
    assert "PROVD_LISTEN_TFTP_PORT" in caught.value.where
    assert caught.value.remedy == "Did you mean PROVD_LISTEN__TFTP_PORT?"


def test_an_unknown_key_that_resembles_nothing_points_to_the_reference(written: Path) -> None:
    assert "shows every key" in refusal(written, "zzzzzz: 1").remedy


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("log:\n  level: loud\n", 2, "log.level"),
        ("listen:\n  tftp_port: 70000\n", 2, "listen.tftp_port"),
        ("listen:\n  tftp_port: on\n", 2, "listen.tftp_port"),
        ("listen:\n  tftp_port:\n", 2, "listen.tftp_port"),
        ("listen:\n  tftp_port: 69.5\n", 2, "listen.tftp_port"),
        ("listen:\n\n  addresses: []\n", 3, "listen.addresses"),
        ("listen:\n  addresses: [here]\n", 2, "listen.addresses"),
        ("listen:\n  public_url: http://phones.example.net\n", 2, "listen.public_url"),
        ("listen:\n  pnp: eth0\n", 2, "listen.pnp"),
        ('listen:\n  pnp: "::1"\n', 2, "listen.pnp"),
        ("networks:\n  bench: [10.0.0.1/8]\n", 2, "networks.bench"),
        ("networks:\n  bench: [10.0.0.0/8, 300.0.0.0/8]\n", 2, "networks.bench"),
        ("networks:\n  bench: {a: 1}\n", 2, "networks.bench.a"),
        ("enrolment:\n  window_days: 0\n", 2, "enrolment.window_days"),
        ("limits:\n  connections: -1\n", 2, "limits.connections"),
        ("listen: 69\n", 1, "listen"),
        ("data: a\ndata: b\n", 2, "data"),
        ("data: [a]\n", 1, "data"),
    ],
)
def test_nonsense_is_refused_with_line_key_and_remedy(
    written: Path, text: str, line: int, key: str
) -> None:
    error = refusal(written, text)
    assert (error.where, error.key) == (f"{written} line {line}", key)
    assert error.remedy


@pytest.mark.parametrize("text", ["listen: [\n", "a: b: c\n", "- 1\n", "x: !!python/none 1\n"])
def test_what_is_not_yaml_with_keys_is_refused(written: Path, text: str) -> None:
    assert str(written) in refusal(written, text).where


def test_a_file_that_is_no_text_is_refused(written: Path) -> None:
    written.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"provd\.yaml"):
        Configuration.load(written, {})


def test_a_file_that_is_not_there_is_named(written: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"provd\.yaml: can't be read"):
        Configuration.load(written, {})


def test_a_wrong_value_in_the_environment_names_its_variable() -> None:
    with pytest.raises(
        ConfigurationError, match="environment variable PROVD_LOG__FORMAT"
    ) as caught:
        Configuration.load(None, {"PROVD_LOG__FORMAT": "xml"})
    assert caught.value.remedy == "Give console or json"


def test_the_database_is_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    configuration = Configuration.load(None, {}, {"data": tmp_path / "my data"})
    assert configuration.database_url.reveal() == f"sqlite:///{tmp_path}/my%20data/provd.sqlite"


def test_the_databases_password_is_never_shown(written: Path) -> None:
    url = "postgresql://provd:hunter2@db/provd"
    configuration = Configuration.load(None, {"PROVD_DATABASE__URL": url})
    assert configuration.database_url.reveal() == url
    assert "hunter2" not in repr(configuration)
    assert "hunter2" not in str(configuration.model_dump())
    error = refusal(written, "database: {url: [hunter2]}")
    assert "hunter2" not in str(error)


def test_a_public_url_ends_in_a_slash_and_has_a_host(written: Path) -> None:
    listen = load(written, "listen: {public_url: 'https://phones.example.net:444/p'}").listen
    assert listen.public_url == "https://phones.example.net:444/p/"
    assert listen.public_host == "phones.example.net"


def test_lengths_of_time_have_their_unit() -> None:
    configuration = Configuration.load(None, {})
    assert configuration.enrolment.window == timedelta(days=7)
    assert configuration.portal.idle == timedelta(hours=1)
    assert configuration.portal.absolute == timedelta(hours=12)


@pytest.mark.parametrize(("written_as", "port"), [("0", 0), ("''", 0), ("", 0), ("6904", 6904)])
def test_the_legacy_port_is_none_unless_it_is_given(
    written: Path, written_as: str, port: int
) -> None:
    assert load(written, f"listen: {{legacy_port: {written_as}}}").listen.legacy_port == port
