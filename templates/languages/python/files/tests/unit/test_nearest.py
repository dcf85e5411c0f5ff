"""Names that were probably meant."""

from app.nearest import must_be_one_of, nearest


def test_the_nearest_name_is_found_among_those_that_are_known() -> None:
    assert nearest("edtior", ("reader", "editor", "admin")) == "editor"
    assert nearest("wholesale", ("reader", "editor", "admin")) is None


def test_all_names_are_told_with_the_one_that_was_meant() -> None:
    known = ("default", "write")
    assert must_be_one_of("wirte", known) == "must be one of default, write; did you mean write?"
    assert must_be_one_of("x", known) == "must be one of default, write"
