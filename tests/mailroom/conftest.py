"""A real SMTP server on the loopback."""

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller


@pytest.fixture
def smtp_box() -> Iterator[tuple[list[bytes], str]]:
    """What it got, and its URL."""
    mails: list[bytes] = []

    class Keep:
        async def handle_DATA(self, server, session, envelope):
            mails.append(envelope.content)
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    yield mails, f"smtp://127.0.0.1:{port}"
    controller.stop()
