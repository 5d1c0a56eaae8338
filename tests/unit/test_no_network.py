"""What the other unit tests rely on: none of them reaches a network, and none stops another test's server."""

import socket

import pytest


def test_unit_test_cannot_connect_not_even_to_this_computer() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as asking,
        pytest.raises(UserWarning, match=r"tried to use socket\.socket\.connect"),
    ):
        asking.connect(listening.getsockname())
