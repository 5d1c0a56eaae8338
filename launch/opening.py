"""Opens what was encrypted to us, for both token forms, with this process's keys."""

from datetime import datetime

from launch.jose_decoder import check_characters
from launch.jwe import is_encrypted, open_jwe
from launch.own_keys import NO_KEYS, OwnKeys


class TokenOpener:
    """:param keys: our own; without any, whatever is encrypted is refused."""

    def __init__(self, keys: OwnKeys = NO_KEYS) -> None:
        self._keys = keys

    def jws_of(self, text: str, now: datetime) -> str:
        """The signed token: ``text`` itself, or what it holds when it is encrypted.

        :raises LaunchRefusedError: L102 or L103 for the text as a whole, L207.
        """
        check_characters(text)
        return open_jwe(text, self._keys, now) if is_encrypted(text) else text
