"""References that people read out."""

from app.references import ALPHABET, draw_reference
from audit.record import REFERENCE_FORM


def test_reference_has_the_form_that_the_audit_trail_accepts() -> None:
    for _ in range(200):
        assert REFERENCE_FORM.fullmatch(draw_reference())


def test_every_symbol_is_drawn_and_none_that_is_misread() -> None:
    drawn = set("".join(draw_reference() for _ in range(500))) - {"-"}
    assert drawn == set(ALPHABET)
    assert not drawn & set("ILOU")


def test_references_do_not_repeat() -> None:
    assert len({draw_reference() for _ in range(1000)}) == 1000
