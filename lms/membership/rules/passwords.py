"""R031, R032: what a password may be. Long is good; nothing else is demanded, nothing is folded, trimmed or cut.

The policy follows ASVS 5.0 V6.2: at least 8 characters, up to 128, any characters in any mix, no expiry, refused only
when everybody knows it or when it says who its owner is. Hashing stands in `membership.passwords`.
"""

from collections.abc import Container, Iterable
from itertools import pairwise
from typing import Final

from lms.core.errors import Invalid
from lms.core.text import fold

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128
_FEWEST_DISTINCT: Final = 3
_LONG: Final = 16
"""From here on length alone is enough; nobody counts letters of a sentence."""
_ADORNMENTS: Final = "0123456789!.*?@#+-_ "


def check(password: str, *, common: Container[str], personal: Iterable[str] = ()) -> None:
    """Errors: `password.too_short` (min), `password.too_long` (max), `password.characters`, `password.common`,
    `password.personal`.

    `common` holds well-known passwords in folded form; `personal` the member's own number, names and address, in any
    form. Only the comparison folds: what is stored and verified later is exactly what was typed.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid("password.too_short", min=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid("password.too_long", max=MAX_LENGTH)
    if not _encodable(password):
        raise Invalid("password.characters")
    plain = fold(password)
    if plain in common or (len(plain) < _LONG and (len(set(plain)) < _FEWEST_DISTINCT or _is_run(plain))):
        raise Invalid("password.common")
    if _speaks_of(plain, personal):
        raise Invalid("password.personal")


def _encodable(password: str) -> bool:
    """Half a surrogate pair (possible in JSON) has no bytes to be hashed; NUL is no key on any keyboard."""
    return "\0" not in password and not any("\ud800" <= c <= "\udfff" for c in password)


def _is_run(plain: str) -> bool:
    """12345678, hgfedcba, 13579bdf: every step from letter to letter is the same."""
    return len({ord(b) - ord(a) for a, b in pairwise(plain)}) == 1


def _speaks_of(plain: str, personal: Iterable[str]) -> bool:
    words = {fold(word) for value in personal for word in (value, *value.split(), value.partition("@")[0])}
    numbers = {word for word in words if word.isdigit()}
    if any(number in plain for number in numbers):
        return True
    names = sorted((word.replace(" ", "") for word in words - numbers if len(word) > 1), key=len, reverse=True)
    core = plain.strip(_ADORNMENTS).replace(" ", "")
    for name in names:  # "deniz", "denizaydin1990", "aydin.deniz!": nothing but names is left once the names are out
        core = core.replace(name, "")
    return bool(names) and not core.strip(_ADORNMENTS)
