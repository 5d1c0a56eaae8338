"""A vendor's registration file (docs/registering-a-his.md): TOML in, trust out, every fault at once."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from launch.claims import TokenForm
from launch.trust.key_problems import EXPLANATIONS, KeyProblem, KeyRefusedError
from launch.trust.key_rules import CheckedKey, check_certificate, check_key_set, check_public_key
from launch.trust.model import KeyKind, KeyStatus, Registration, TrustStatus, Vendor, VendorKey
from launch.trust.registration_file import KeyEntry, RegistrationFile
from launch.trust.registration_grants import registered_grant

MAX_FILE_BYTES = 1024 * 1024
DEFAULT_KEY_LIFE = timedelta(days=3 * 365)
"""How long a bare public key serves when the file names no end (NIST SP 800-57 part 1, table 1: 1 to 3
years for a private signature key)."""

_KINDS: Mapping[TokenForm, frozenset[KeyKind]] = {
    # A vendor of SAML signs with a public key what its back end sends itself, which is a JWT.
    TokenForm.SAML: frozenset({KeyKind.CERTIFICATE, KeyKind.PUBLIC_KEY}),
    TokenForm.JWT: frozenset({KeyKind.PUBLIC_KEY}),
}
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a setting of a registration file",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "list_type": "must be a list",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "needs at least {min_length} entry",
    "too_long": "has more than {max_length} entries",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "bool_type": "must be true or false",
    "datetime_type": "must be a date and time such as 2027-01-01T00:00:00Z",
    "timezone_aware": "must name its time zone, such as 2027-01-01T00:00:00Z",
}


class RegistrationError(Exception):
    """The file cannot be used. :param problems: one line per fault; it names fields and repeats no key."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def parse_registration(
    content: bytes | str, now: datetime, adapters: Mapping[str, TokenForm]
) -> Registration:
    """Read one registration file and hold its keys against the rules.

    :param content: TOML, UTF-8, at most 1 MiB.
    :param now: aware; an expired certificate is refused. A bare public key without dates is valid from
        the start of this day (UTC) for three years.
    :param adapters: the HISes that can be registered, with the form of token each one sends.
    :returns: everything in it active.
    :raises RegistrationError: with every fault of the file.
    """
    data = _read_toml(content)
    problems: list[str] = []
    file: RegistrationFile | None = None
    try:
        file = RegistrationFile.model_validate(data, context={"now": now})
    except ValidationError as error:
        problems += [_plain(fault) for fault in error.errors(include_url=False, include_input=False)]
    keys, key_problems = _check_keys(data, now, adapters)
    problems += [*_misfits(data, adapters), *key_problems, *_repetitions(data)]
    if problems or file is None:
        raise RegistrationError(dict.fromkeys(problems))
    vendor = Vendor(
        issuer=file.issuer,
        name=file.name,
        adapter=file.adapter,
        status=TrustStatus.ACTIVE,
        keys=keys,
        jwks_url=file.jwks_url,
        sign_on_url=file.sign_on_url,
        fhir_base_url=file.fhir_base_url,
        client_id=file.client_id,
        reports_launches=file.reports_launches,
    )
    return Registration(vendor, tuple(registered_grant(file.issuer, entry, now) for entry in file.grants))


def _read_toml(content: bytes | str) -> dict[str, object]:
    raw = content.encode("utf-8") if isinstance(content, str) else content
    if len(raw) > MAX_FILE_BYTES:
        raise RegistrationError([f"file: is larger than {MAX_FILE_BYTES} bytes"])
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        problem = "file: is not UTF-8 text"
    except RecursionError:
        problem = "file: is nested too deeply"
    except tomllib.TOMLDecodeError as error:
        # only the place: the parser's own words may repeat what stands there
        _, found, place = str(error).rpartition(" (at ")
        problem = f"file: is not valid TOML{found}{place}" if found else "file: is not valid TOML"
    raise RegistrationError([problem])


def _plain(fault: ErrorDetails) -> str:
    """One line in plain words. Kinds of faults not listed keep pydantic's text, which repeats no input."""
    words = _WORDS.get(fault["type"])
    text = words.format(**fault.get("ctx", {})) if words else fault["msg"]
    return f"{_place(fault['loc'])}: {text}"


def _place(location: tuple[int | str, ...]) -> str:
    """``("keys", 1, "kid")`` reads ``keys[2].kid``: people count entries from one."""
    place = ""
    for part in location:
        if isinstance(part, int):
            place += f"[{part + 1}]"
        elif part != "[key]":
            place += f".{part}" if place else part
    return place or "file"


def _misfits(data: Mapping[str, object], adapters: Mapping[str, TokenForm]) -> Iterator[str]:
    """What does not go together; found in the raw file, so that other faults do not hide it."""
    named = data.get("adapter")
    if isinstance(named, str) and named not in adapters:
        yield f"adapter: must be one of {', '.join(sorted(adapters))}"
    form = adapters.get(str(named))
    if data.get("keys", []) == [] and "jwks_url" not in data:
        yield "keys: needs at least 1 entry" + ("" if form is TokenForm.SAML else ", or a jwks_url")
    entries = [entry for entry in _entries(data, "keys") if isinstance(entry, dict)]
    if form is TokenForm.SAML and entries and not any("certificate" in entry for entry in entries):
        yield "keys: this adapter reads SAML, so one of them must be a certificate"
    if "jwks_url" in data and form is TokenForm.SAML:
        yield "jwks_url: holds keys for JWT; this adapter reads SAML, whose certificates stand in the file"
    asking = ("fhir_base_url",) if form is TokenForm.SAML else ("fhir_base_url", "sign_on_url")
    if "client_id" not in data and any(name in data for name in asking):
        yield "client_id: is missing: name ours at the vendor"


def _check_keys(
    data: Mapping[str, object], now: datetime, adapters: Mapping[str, TokenForm]
) -> tuple[tuple[VendorKey, ...], list[str]]:
    """The keys that can be read, whatever else is wrong with the file, and every problem with them."""
    form = adapters.get(str(data.get("adapter")))
    wanted = None if form is None else _KINDS[form]
    problems: list[str] = []
    good: list[tuple[str, CheckedKey]] = []
    keys: list[VendorKey] = []
    for number, raw in enumerate(_entries(data, "keys"), start=1):
        try:
            entry = KeyEntry.model_validate(raw)
        except ValidationError:
            continue  # already among the problems of the whole file
        place = f"keys[{number}].{entry.kind}"
        if wanted and entry.kind not in wanted:
            problems.append(_explain(place, KeyProblem.MIXED_SET))
        try:
            checked = _check_key(entry, now)
        except KeyRefusedError as refused:
            problems += [_explain(place, problem) for problem in refused.problems]
            continue
        good.append((place, checked))
        keys.append(_vendor_key(checked, entry, now))
        if keys[-1].not_after <= now:
            problems.append(_explain(place, KeyProblem.EXPIRED))
    problems += [_explain(place, problem) for place, problem in check_key_set(good)]
    return tuple(keys), problems


def _explain(place: str, problem: KeyProblem) -> str:
    return f"{place}: {EXPLANATIONS[problem]}"


def _entries(data: Mapping[str, object], name: str) -> list[object]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _check_key(entry: KeyEntry, now: datetime) -> CheckedKey:
    if entry.certificate is not None:
        return check_certificate(entry.certificate, now)
    return check_public_key(entry.kid or "", entry.algorithm or "", entry.public_key or "")


def _vendor_key(key: CheckedKey, entry: KeyEntry, now: datetime) -> VendorKey:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    not_before = key.not_before or entry.not_before or today
    not_after = key.not_after or entry.not_after or max(today, not_before) + DEFAULT_KEY_LIFE
    return VendorKey(
        kid=key.kid,
        kind=key.kind,
        algorithm=key.algorithm,
        pem=key.pem,
        status=KeyStatus.ACTIVE,
        not_before=not_before.astimezone(UTC),
        not_after=not_after.astimezone(UTC),
    )


def _repetitions(data: Mapping[str, object]) -> Iterator[str]:
    """Things named twice; found in the raw file, so that other faults do not hide them."""
    for number in _repeated(_entries(data, "keys"), "kid"):
        yield _explain(f"keys[{number}].kid", KeyProblem.DUPLICATE_KID)
    grants = _entries(data, "grants")
    for number in _repeated(grants, "hospital"):
        yield f"grants[{number}].hospital: has a grant already, higher up in the file"
    for number, grant in enumerate(grants, start=1):
        practices = _entries(grant, "practices") if isinstance(grant, dict) else []
        relaxations = _entries(grant, "relaxations") if isinstance(grant, dict) else []
        for row in _repeated(practices, "ura_number"):
            yield f"grants[{number}].practices[{row}].ura_number: is named already, higher up"
        for row in _repeated(practices, "deployment_id"):
            yield f"grants[{number}].practices[{row}].deployment_id: is another practice's, higher up"
        for row in _repeated(relaxations, "name"):
            yield f"grants[{number}].relaxations[{row}].name: is named already, higher up"


def _repeated(entries: list[object], name: str) -> Iterator[int]:
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        value = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(value, str):
            if value in seen:
                yield number
            seen.add(value)
