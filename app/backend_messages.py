"""The names under which used messages of a HIS's back end are stored."""

import hashlib
import json

from launch.backend.model import UsedMessage


def message_key(message: UsedMessage) -> bytes:
    """32 bytes. Not keyed: a message id is random and no secret, and rotating a key must not forget it."""
    named = json.dumps((message.hospital, message.issuer, message.message_id))
    return hashlib.sha256(named.encode()).digest()
