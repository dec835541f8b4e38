"""Passwords are kept as argon2id hashes."""

from __future__ import annotations

import argon2

from provd.crypto.passwords import check_password, hash_password, needs_rehash, unmatchable_hash


def test_a_password_matches_its_hash_and_no_other() -> None:
    encoded = hash_password("correct horse")
    assert encoded.startswith("$argon2id$")
    assert check_password("correct horse", encoded)
    assert not check_password("wrong horse", encoded)


def test_the_same_password_hashes_differently_each_time() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


def test_a_hash_that_cannot_be_read_matches_nothing() -> None:
    assert not check_password("", "")
    assert not check_password("x", "plain text")


def test_a_weaker_hash_asks_to_be_made_anew() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
    assert check_password("x", weak)
    assert needs_rehash(weak)
    assert not needs_rehash(hash_password("x"))


def test_the_unmatchable_hash_costs_the_same_parameters() -> None:
    encoded = unmatchable_hash()
    assert not check_password("", encoded)
    assert not needs_rehash(encoded)
