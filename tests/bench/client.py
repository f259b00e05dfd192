"""A small HTTP client for measuring: one keep-alive socket per thread, prebuilt bytes, no library in between."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Requests = Iterator[bytes]


@dataclass
class Measured:
    """What one run of load saw: requests, seconds, latencies in milliseconds, statuses other than 2xx."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def exchange(connection: socket.socket, data: bytes) -> tuple[int, bytes]:
    """Send one request, read its whole answer: status and body."""
    connection.sendall(data)
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed by the server")
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(
        next((line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b"0")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split(b" ", 2)[1]), body


def load(port: int, streams: list[Callable[[], Requests]], seconds: float) -> Measured:
    """One connection per stream, each sending its next request as soon as the last was answered."""
    result = Measured(seconds)
    lock, start = threading.Lock(), threading.Event()

    def run(stream: Requests) -> None:
        latencies, refused = [], {}
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            start.wait()
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                before = time.perf_counter()
                status, _ = exchange(connection, next(stream))
                latencies.append((time.perf_counter() - before) * 1000)
                if status >= 300:
                    refused[status] = refused.get(status, 0) + 1
        with lock:
            result.latencies += latencies
            for status, count in refused.items():
                result.refused[status] = result.refused.get(status, 0) + count

    threads = [threading.Thread(target=run, args=(stream(),)) for stream in streams]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join()
    return result
