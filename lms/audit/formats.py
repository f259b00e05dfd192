"""The one form in which a row of the trail and a block of the chain are hashed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

DIGEST = 32
"""Bytes of one row's digest in a block."""


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(type(value).__name__)


def canonical(values: Mapping[str, Any]) -> bytes:
    """The same bytes for the same values on every database: sorted keys, instants in UTC, ASCII."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain).encode("ascii")


def digest(row: Mapping[str, Any]) -> bytes:
    """The SHA-256 of one row, every column of it."""
    return hashlib.sha256(canonical(row)).digest()


def head(before: str, block: Mapping[str, Any], digests: bytes) -> str:
    """The SHA-256 over the head before, what the block says of itself, and its rows' digests."""
    return hashlib.sha256(before.encode("ascii") + b"\n" + canonical(block) + b"\n" + digests).hexdigest()


def split(digests: bytes) -> list[bytes]:
    """One digest for each row."""
    return [digests[start : start + DIGEST] for start in range(0, len(digests), DIGEST)]


def gaps(first: int, last: int, ids: Iterable[int]) -> list[list[int]]:
    """The stretches of ``first``..``last`` that hold no id: sequences count on when a transaction is undone."""
    found, expected = [], first
    for one in [*ids, last + 1]:
        if one > expected:
            found.append([expected, one - 1])
        expected = one + 1
    return found


def members(first: int, last: int, empty: Sequence[Sequence[int]], late: Sequence[int]) -> Iterator[int]:
    """The ids of a block in order: late ones are older than its stretch."""
    yield from sorted(late)
    expected = first
    for start, end in [*empty, (last + 1, last + 1)]:
        yield from range(expected, start)
        expected = end + 1
