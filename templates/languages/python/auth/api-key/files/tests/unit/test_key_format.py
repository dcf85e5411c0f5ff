"""API keys as text."""

import re

from app.auth.key_format import hash_of, id_in, new_key


def test_a_key_has_a_prefix_an_id_and_a_checksum() -> None:
    key = new_key("shop")
    assert re.fullmatch(r"shop_[0-9A-Za-z]{54}", key)
    assert id_in(key) == key[5:21]
    assert new_key("shop") != key


def test_a_text_with_another_checksum_is_no_key_whatever_differs() -> None:
    key = new_key("shop")
    last = "b" if key.endswith("a") else "a"
    spliced = f"shop_{new_key('shop')[5:21]}{key[21:]}"
    changed = [key[:-1] + last, key[:-1], f"{key}0", f" {key}", f"{key}\n", f"x{key}", spliced]
    for text in (*changed, key.upper(), key[5:], "", "shop"):
        assert id_in(text) is None, text


def test_the_hash_does_not_hold_the_key() -> None:
    key = new_key("shop")
    assert len(hash_of(key)) == 43
    assert key[21:30] not in hash_of(key)
