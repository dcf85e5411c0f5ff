"""Names."""

from app.names import camel, must_be_one_of, nearest


def test_the_nearest_name_is_found_among_those_that_are_known() -> None:
    assert nearest("edtior", ("reader", "editor", "admin")) == "editor"
    assert nearest("wholesale", ("reader", "editor", "admin")) is None


def test_all_names_are_told_with_the_one_that_was_meant() -> None:
    known = ("default", "write")
    assert must_be_one_of("wirte", known) == "must be one of default, write; did you mean write?"
    assert must_be_one_of("x", known) == "must be one of default, write"


def test_columns_have_names_in_json() -> None:
    assert [camel(name) for name in ("sku", "created_at", "a_b_c")] == ["sku", "createdAt", "aBC"]
