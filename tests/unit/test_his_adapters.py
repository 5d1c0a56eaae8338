"""What holds for every HIS adapter, whatever it reads: proven on the words of its sandbox dialect."""

from dataclasses import replace
from importlib import import_module

import pytest

from app.claim_maps import CLAIM_MAPS
from launch.claims import ClaimError, SignedToken, TokenForm
from sandbox.his.dialects import DIALECTS
from sandbox.his.vendors import PRACTICE
from tests.his_stage import PERSONA, click, said, signed

SAML = sorted(name for name, claim_map in CLAIM_MAPS.items() if claim_map.form is TokenForm.SAML)


def _table(his: str, which: str) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(import_module(f"adapters.his.{his}"), which)
    return names


def _without(token: SignedToken, his: str, name: str) -> SignedToken:
    """The token without one name; a dotted name of a nested claim is followed down."""
    if name == "sub":
        token = replace(token, subject=None)
    words = said(his)
    if name in words:
        return replace(
            signed(his, {each: word for each, word in words.items() if each != name}), subject=token.subject
        )
    outer, _, inner = name.partition(".")
    nested = words[outer]
    assert isinstance(nested, dict)
    return signed(his, {**words, outer: {each: word for each, word in nested.items() if each != inner}})


def test_every_adapter_has_its_dialect_and_the_other_way_round() -> None:
    assert set(CLAIM_MAPS) == set(DIALECTS)
    assert {"viplive", "sanday", "nexus", "zorgplatform", "xua", "hti", "zorgdomein", "jwt", "epic"} <= set(
        CLAIM_MAPS
    )
    for name, claim_map in CLAIM_MAPS.items():
        assert (claim_map.name, claim_map.form.value) == (name, DIALECTS[name].form)


@pytest.mark.parametrize("his", sorted(CLAIM_MAPS))
def test_golden_launch_says_who_for_whom_and_from_where(his: str) -> None:
    claims = CLAIM_MAPS[his].read(signed(his))
    assert claims.bsn == PERSONA.bsn
    assert (claims.birth_date or "").replace("-", "") == PERSONA.birth_date.strftime("%Y%m%d")
    assert "Arts" in claims.user_name
    assert claims.user_id
    source = f"{claims.role_system}|{claims.role}" if claims.role_system else claims.role
    assert source in DIALECTS[his].roles
    organisation = DIALECTS[his].organisation
    if organisation is None:
        assert (claims.practice_ura, claims.practice_id) == (PRACTICE.ura_number, None)
    else:
        assert (claims.practice_ura, claims.practice_id) == ("", DIALECTS[his].fill(organisation, click(his)))
    assert claims.purpose in (None, "TREAT", "TREATMENT")
    assert claims.unknown_names == ()


@pytest.mark.parametrize(
    ("his", "name"), [(his, name) for his in sorted(CLAIM_MAPS) for name in _table(his, "REQUIRED")]
)
def test_required_name_that_is_missing_is_named(his: str, name: str) -> None:
    token = _without(signed(his), his, name)
    with pytest.raises(ClaimError) as refused:
        CLAIM_MAPS[his].read(token)
    assert refused.value.claim == name
    assert PERSONA.bsn not in str(refused.value)


@pytest.mark.parametrize(
    ("his", "name"),
    [(his, name) for his in SAML for name in (*_table(his, "REQUIRED"), *_table(his, "OPTIONAL"))],
)
def test_attribute_with_two_values_is_refused(his: str, name: str) -> None:
    token = signed(his)
    twice = token.attributes.get(name, ("a",)) * 2
    with pytest.raises(ClaimError, match="more than one value"):
        CLAIM_MAPS[his].read(replace(token, attributes={**token.attributes, name: twice}))


@pytest.mark.parametrize("his", SAML)
@pytest.mark.parametrize("subject", [None, ""])
def test_assertion_without_a_user_id_is_refused(his: str, subject: str | None) -> None:
    with pytest.raises(ClaimError, match="NameID"):
        CLAIM_MAPS[his].read(replace(signed(his), subject=subject))


@pytest.mark.parametrize(
    ("his", "name"), [(his, name) for his in sorted(CLAIM_MAPS) for name in _table(his, "OPTIONAL")]
)
def test_optional_name_may_be_absent(his: str, name: str) -> None:
    words = {each: word for each, word in said(his).items() if each != name}
    assert CLAIM_MAPS[his].read(signed(his, words)).bsn == PERSONA.bsn


@pytest.mark.parametrize("his", sorted(CLAIM_MAPS))
def test_name_that_no_table_holds_is_listed_and_changes_nothing(his: str) -> None:
    plain = CLAIM_MAPS[his].read(signed(his))
    more = CLAIM_MAPS[his].read(signed(his, {**said(his), "colour": "red"}))
    assert more == replace(plain, unknown_names=("colour",))


@pytest.mark.parametrize("his", sorted(CLAIM_MAPS))
def test_no_name_stands_in_two_tables(his: str) -> None:
    names = [name for which in ("REQUIRED", "OPTIONAL", "IGNORED") for name in _table(his, which)]
    assert len(names) == len(set(names))
    assert names


@pytest.mark.parametrize("his", sorted(CLAIM_MAPS))
def test_adapter_cites_its_source(his: str) -> None:
    assert "launch.md §" in (import_module(f"adapters.his.{his}").__doc__ or "")
