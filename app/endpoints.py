"""Every endpoint of every hospital, and the files that secure the way to it."""

from collections.abc import Iterator, Mapping

from adapters.zis.security.credentials import EndpointSetupError
from adapters.zis.security.wire import EndpointSecurity
from app.hospitals import HospitalFilesError
from context.hospital import Hospital
from context.ports import Clock
from context.zis import CONSENT_ENDPOINT, MAIN_ENDPOINT, ConsentService, Endpoint


def endpoints_of(hospital: Hospital) -> tuple[Endpoint, ...]:
    """All that the hospital's file names, ``main`` and ``consent`` first."""
    names = dict.fromkeys((MAIN_ENDPOINT, CONSENT_ENDPOINT, *hospital.zis.endpoints))
    return tuple(hospital.zis.endpoint_named(name) for name in names)


def secure_endpoints(hospitals: Mapping[str, Hospital], clock: Clock, *, strict: bool) -> EndpointSecurity:
    """Read every certificate and key.

    :param strict: Mitz is asked with a certificate and a signature only, as it demands (D14).
    :raises HospitalFilesError: with every problem of every hospital.
    """
    problems = tuple(setup_problems(hospitals, clock, strict=strict))
    if problems:
        raise HospitalFilesError(problems)
    return EndpointSecurity((each for one in hospitals.values() for each in endpoints_of(one)), clock)


def setup_problems(hospitals: Mapping[str, Hospital], clock: Clock, *, strict: bool) -> Iterator[str]:
    """What is wrong with the files and settings that secure the endpoints, one line each."""
    for slug, hospital in hospitals.items():
        try:
            EndpointSecurity(endpoints_of(hospital), clock)
        except EndpointSetupError as error:
            yield from (f"{slug}.toml: {problem}" for problem in error.problems)
        if strict:
            yield from (f"{slug}.toml: {problem}" for problem in _bare_mitz(hospital))


def _bare_mitz(hospital: Hospital) -> Iterator[str]:
    endpoint = hospital.zis.endpoint_named(CONSENT_ENDPOINT)
    if hospital.zis.consent_service is not ConsentService.MITZ:
        return
    if endpoint.tls is None:
        yield "zis.endpoints.consent.tls: needed with consent_service = mitz"
    if endpoint.signing is None or not endpoint.signing.sign_messages:
        yield "zis.endpoints.consent.signing: needed with consent_service = mitz"
