from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provd.servers.tftp.negotiation import Terms, negotiate
from provd.servers.tftp.packets import (
    ErrorCode,
    FileRequest,
    Malformed,
    data_header,
    error,
    option_acknowledgement,
    parse_request,
)


def terms(options: dict[bytes, bytes], *, size: int = 1000, block: int = 65464) -> Terms:
    return negotiate(options, size=size, maximum_block=block, maximum_window=64)


def test_it_reads_a_plain_request() -> None:
    assert parse_request(b"\0\1a/b.cfg\0octet\0") == FileRequest(b"a/b.cfg")


def test_mode_and_option_names_are_case_insensitive() -> None:
    parsed = parse_request(b"\0\1f\0NetASCII\0BlkSize\x001428\0TSIZE\x000\0")
    assert parsed == FileRequest(b"f", netascii=True, options={b"blksize": b"1428", b"tsize": b"0"})


def test_it_tells_a_write_request_from_a_read_request() -> None:
    parsed = parse_request(b"\0\2log.txt\0octet\0")
    assert isinstance(parsed, FileRequest)
    assert parsed.writes


def test_mail_an_unknown_mode_a_missing_nul_and_bad_names_are_malformed() -> None:
    for body in (
        b"f\0mail\0",
        b"f\0binary\0",
        b"f\0octet",
        b"f",
        b"",
        b"\0octet\0",
        b"x" * 513 + b"\0octet\0",
    ):
        assert isinstance(parse_request(b"\0\1" + body), Malformed), body


def test_other_opcodes_and_fragments_of_packets_are_nothing() -> None:
    for datagram in (
        b"",
        b"\0",
        b"\1",
        b"\0\0f\0octet\0",
        b"\0\3\0\1data",
        b"\0\7",
        b"\1\1f\0octet\0",
    ):
        assert parse_request(datagram) is None, datagram


def test_an_option_without_value_padding_and_a_doubled_option_do_no_harm() -> None:
    odd = parse_request(b"\0\1f\0octet\0tsize\x000\0blksize\0")
    assert odd == FileRequest(b"f", options={b"tsize": b"0"})
    unterminated = parse_request(b"\0\1f\0octet\0blksize\0001428")
    assert unterminated == FileRequest(b"f")
    padded = parse_request(b"\0\1f\0octet" + b"\0" * 80)
    assert padded == FileRequest(b"f")
    doubled = parse_request(b"\0\1f\0octet\0blksize\x001024\0BLKSIZE\x008\0")
    assert doubled == FileRequest(b"f", options={b"blksize": b"1024"})


@given(st.binary(max_size=600))
def test_no_datagram_makes_the_parser_raise(datagram: bytes) -> None:
    for start in (b"", b"\0\1", b"\0\2", b"\0\1f\0octet\0"):
        parsed = parse_request(start + datagram)
        if isinstance(parsed, FileRequest):
            terms(dict(parsed.options))


def test_unknown_options_alone_give_no_oack() -> None:
    assert terms({b"multicast": b"", b"saveFiles": b"1"}) == Terms()


def test_bad_option_values_are_left_out_and_the_good_ones_granted() -> None:
    for bad in (b"7", b"abc", b"65465", b"", b"-1", b"1e3", b"\xb2\xb2\xb2", b"9" * 400):
        assert terms({b"blksize": bad}) == Terms(), bad
    for bad in (b"0", b"256", b"x"):
        granted = terms({b"timeout": bad, b"tsize": b"0"}, size=7)
        assert granted == Terms(oack=option_acknowledgement([(b"tsize", 7)]))
    for bad in (b"0", b"65536"):
        assert terms({b"windowsize": bad}) == Terms()


def test_every_good_option_is_granted_in_the_order_asked() -> None:
    asked = {b"tsize": b"0", b"windowsize": b"16", b"blksize": b"1428", b"timeout": b"255"}
    granted = terms(asked, size=123)
    assert granted.oack == b"\0\6tsize\x00123\0windowsize\x0016\0blksize\x001428\0timeout\x00255\0"
    assert (granted.block_octets, granted.window_blocks, granted.timeout_seconds) == (1428, 16, 255)


def test_a_block_size_is_never_answered_above_what_was_asked_nor_above_the_route() -> None:
    assert terms({b"blksize": b"8"}).block_octets == 8
    assert terms({b"blksize": b"1428"}, block=65464).block_octets == 1428
    assert terms({b"blksize": b"65464"}, block=1468).block_octets == 1468


def test_a_window_is_capped() -> None:
    assert terms({b"windowsize": b"65535"}).window_blocks == 64


def test_the_packets_are_those_of_rfc_1350() -> None:
    assert data_header(1) == b"\0\3\0\1"
    assert data_header(65536) == b"\0\3\0\0"
    assert error(ErrorCode.FILE_NOT_FOUND, "no") == b"\0\5\0\1no\0"
