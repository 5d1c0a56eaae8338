"""The provider in-process, on a port of 127.0.0.1."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.his.vendors import Hospital
from sandbox.idp.app import IdentityProvider, create_idp_app
from sandbox.idp.keys import load_or_make_idp_keys
from sandbox.idp.vendors import write_idp_registrations
from sandbox.patients import Persona, load_personas
from sandbox.servers import Server, real_time

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class IdpServer(Server):
    """A HIS that is asked back: two-hop and SMART launches. See ``sandbox/idp/app.py`` for its pages.

    :param hospitals: those that it launches at; tests may set them after the start.
    :param data: folder that keeps the keys; without one they are fresh.
    :param host_name: how browsers and the service call it.
    :param personas: by key.
    :param now: aware time for the tokens, for tests that step the clock.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        hospitals: Sequence[Hospital] = (),
        data: Path | None = None,
        host_name: str = "localhost",
        personas: Mapping[str, Persona] | None = None,
        now: Callable[[], datetime] = real_time,
    ) -> None:
        super().__init__(port, host_name)
        self.keys = load_or_make_idp_keys(data)
        self.personas = personas or load_personas()
        self._hospitals = {hospital.slug: hospital for hospital in hospitals}
        by_bsn = {persona.bsn: persona for persona in self.personas.values()}
        self.provider = IdentityProvider(
            lambda: self.url, self.keys, self._hospitals, by_bsn, now, self.stopping
        )

    def application(self) -> "WSGIApplication":
        return create_idp_app(self.provider)

    def show_hospitals(self, hospitals: Sequence[Hospital]) -> None:
        """Replace the hospitals that it launches at."""
        self._hospitals.clear()
        self._hospitals.update({hospital.slug: hospital for hospital in hospitals})

    def write_registrations(self, folder: Path) -> list[Path]:
        """One file per grade for ``zorgtegel trust add``, granting every hospital shown."""
        return write_idp_registrations(folder, self.url, self.keys, tuple(self._hospitals.values()))
