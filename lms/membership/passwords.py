"""argon2id with the configured costs, and the list of passwords that everybody knows."""

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lms.core.config import config
from lms.core.text import fold

_LIST = Path(__file__).with_name("common_passwords.txt")


@cache
def _hasher(costs: tuple[int, int, int]) -> PasswordHasher:
    time, memory, lanes = costs
    return PasswordHasher(time_cost=time, memory_cost=memory, parallelism=lanes)


@cache
def _nobodys_hash(costs: tuple[int, int, int]) -> str:
    return _hasher(costs).hash("nobody's password")


def hash_password(password: str) -> str:
    return _hasher(config().argon2).hash(password)


def verify(hashed: str | None, password: str) -> bool:
    """Whether `password`, exactly as typed, is the one. Without a hash it takes the same time and answers no."""
    costs = config().argon2
    try:
        _hasher(costs).verify(hashed or _nobodys_hash(costs), password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with other costs than today's; it is renewed at the next log-in."""
    return _hasher(config().argon2).check_needs_rehash(hashed)


@cache
def common() -> frozenset[str]:
    """Well-known passwords, folded."""
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(fold(line) for line in lines if line and not line.startswith("#"))
