"""Taking single values out of signed content, each exactly once and of the right type."""

from collections.abc import Iterable, Mapping

from launch.claims import ClaimError, CodedValue, SignedToken


def one_value(attributes: Mapping[str, tuple[str | CodedValue, ...]], name: str) -> str | CodedValue:
    """The one value of a SAML attribute.

    :raises ClaimError: absent, empty or more than one value (a repeated attribute counts as several).
    """
    values = attributes.get(name, ())
    if len(values) != 1:
        raise ClaimError(name, "missing" if not values else "more than one value")
    if values[0] == "":
        raise ClaimError(name, "empty")
    return values[0]


def one_text(attributes: Mapping[str, tuple[str | CodedValue, ...]], name: str) -> str:
    """As ``one_value``, plain text only. :raises ClaimError: also for an HL7 element."""
    value = one_value(attributes, name)
    if not isinstance(value, str):
        raise ClaimError(name, "not plain text")
    return value


def optional_text(attributes: Mapping[str, tuple[str | CodedValue, ...]], name: str) -> str | None:
    """As ``one_text``, None when the attribute is absent or empty. :raises ClaimError: twice there."""
    if attributes.get(name, ()) in ((), ("",)):
        return None
    return one_text(attributes, name)


def member_text(members: Mapping[str, object], name: str, path: str) -> str:
    """A required, non-empty string of a JSON object.

    :param path: how the claim is named in an error.
    :raises ClaimError: absent, empty or of another type.
    """
    value = optional_member_text(members, name, path)
    if not value:
        raise ClaimError(path, "missing or empty")
    return value


def optional_member_text(members: Mapping[str, object], name: str, path: str) -> str | None:
    """A string of a JSON object, None when absent. :raises ClaimError: of another type."""
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, str):
        raise ClaimError(path, "not a text")
    return value


def member_object(members: Mapping[str, object], name: str, path: str) -> Mapping[str, object]:
    """A required object of a JSON object. :raises ClaimError: absent or of another type."""
    value = members.get(name)
    if not isinstance(value, dict):
        raise ClaimError(path, "missing or not an object")
    return value


def only_object(members: Mapping[str, object], name: str, path: str) -> Mapping[str, object]:
    """The one object in a list. :raises ClaimError: not a list of exactly one object."""
    value = members.get(name)
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        raise ClaimError(path, "missing or not a list of one")
    return value[0]


def subject_of(signed: SignedToken, name: str) -> str:
    """Who is logged in.

    :param name: what this form of token calls the user id.
    :raises ClaimError: absent or empty.
    """
    if not signed.subject:
        raise ClaimError(name, "missing or empty")
    return signed.subject


def one_code(attributes: Mapping[str, tuple[str | CodedValue, ...]], name: str) -> tuple[str, str | None]:
    """Code and system of an HL7 element, or a bare code without a system (D11).

    :raises ClaimError: as ``one_value``.
    """
    value = one_value(attributes, name)
    return (value, None) if isinstance(value, str) else (value.code, value.system)


def optional_code(attributes: Mapping[str, tuple[str | CodedValue, ...]], name: str) -> str | None:
    """As ``one_code`` without the system, None when the attribute is absent."""
    return one_code(attributes, name)[0] if name in attributes else None


def unknown_names(sent: Iterable[str], *known: Iterable[str]) -> tuple[str, ...]:
    """What was sent and stands in no table of the adapter, for the inspector."""
    return tuple(sorted(set(sent).difference(*known)))
