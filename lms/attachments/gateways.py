"""The virus scanner: clamd, spoken to in its own protocol (clamd(8), INSTREAM)."""

import socket
import struct
from typing import Final

_SECONDS: Final = 20
_CHUNK: Final = 64 * 1024
_ANSWER: Final = 4096


class ScannerError(Exception):
    """The scanner could not be asked, or did not answer as it should: the file is not known to be harmless."""


def scan(data: bytes, url: str) -> str | None:
    """The name of the malicious software in ``data``, or None. ``url`` is tcp://host:port or unix:/path/of/socket."""
    answer = _ask(url, b"zINSTREAM\0", data)
    if answer == "stream: OK":
        return None
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerError(answer or "no answer")


def version(url: str) -> str:
    """The scanner's version and the day of its signatures."""
    return _ask(url, b"zVERSION\0")


def _ask(url: str, command: bytes, data: bytes | None = None) -> str:
    try:
        with _connect(url) as line:
            line.sendall(command)
            if data is not None:
                for start in range(0, len(data), _CHUNK):
                    part = data[start : start + _CHUNK]
                    line.sendall(struct.pack(">I", len(part)) + part)
                line.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < _ANSWER and (part := line.recv(_ANSWER)):
                answer += part
    except (OSError, ValueError) as error:
        raise ScannerError(str(error)) from error
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _connect(url: str) -> socket.socket:
    if url.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(_SECONDS)
        try:
            line.connect(f"/{url.removeprefix('unix:').lstrip('/')}")
        except OSError:
            line.close()
            raise
        return line
    host, _, port = url.removeprefix("tcp://").rstrip("/").rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS)
