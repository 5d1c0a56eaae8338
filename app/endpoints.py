"""Every endpoint of every hospital, and the files that secure the way to it."""

from collections.abc import Mapping

from adapters.zis.security.credentials import EndpointSetupError
from adapters.zis.security.wire import EndpointSecurity
from app.hospitals import HospitalFilesError
from context.hospital import Hospital
from context.ports import Clock
from context.zis import CONSENT_ENDPOINT, MAIN_ENDPOINT, Endpoint


def endpoints_of(hospital: Hospital) -> tuple[Endpoint, ...]:
    """All that the hospital's file names, ``main`` and ``consent`` first."""
    names = dict.fromkeys((MAIN_ENDPOINT, CONSENT_ENDPOINT, *hospital.zis.endpoints))
    return tuple(hospital.zis.endpoint_named(name) for name in names)


def secure_endpoints(hospitals: Mapping[str, Hospital], clock: Clock) -> EndpointSecurity:
    """Read every certificate and key.

    :raises HospitalFilesError: with every problem of every hospital.
    """
    problems: list[str] = []
    endpoints: list[Endpoint] = []
    for slug, hospital in hospitals.items():
        found = endpoints_of(hospital)
        endpoints += found
        try:
            EndpointSecurity(found, clock)
        except EndpointSetupError as error:
            problems += [f"{slug}.toml: {problem}" for problem in error.problems]
    if problems:
        raise HospitalFilesError(problems)
    return EndpointSecurity(endpoints, clock)
