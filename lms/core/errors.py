"""Errors of the domain: a stable code and parameters. One table per language turns codes into sentences (lms.web.messages)."""

from collections.abc import Callable, Mapping
from typing import Any


class DomainError(Exception):
    """What a rule refuses. ``code`` is stable and published; ``params`` fill the sentence that a person reads."""

    status = 422

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.also: tuple[DomainError, ...] = ()
        """What else was wrong with the same thing."""


class Invalid(DomainError):
    """The values given cannot be used (422)."""


class FieldErrors(Invalid):
    """Several fields are wrong at once: ``fields`` maps a field's name to an error code."""

    def __init__(self, fields: dict[str, str], **params: object) -> None:
        super().__init__("form.invalid", **params)
        self.fields = fields


class Conflict(DomainError):
    """The act does not fit the present state (409)."""

    status = 409


class Unauthenticated(DomainError):
    """Nobody is logged in, or the session ended (401)."""

    status = 401


class Forbidden(DomainError):
    """Known person, known thing, not allowed (403)."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or it is somebody else's (404): the two are never told apart."""

    status = 404

    def __init__(self, code: str = "not_found", **params: object) -> None:
        super().__init__(code, **params)


class TooMany(DomainError):
    """Asked too often (429); ``retry_after`` in seconds."""

    status = 429

    def __init__(self, code: str = "too_many", *, retry_after: int = 60, **params: object) -> None:
        super().__init__(code, retry_after=retry_after, **params)
        self.retry_after = retry_after


def checked(checks: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Every field's checked value, or all that is wrong at once: `checks` maps a field to what reads or refuses it."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    params: dict[str, object] = {}
    for name, check in checks.items():
        try:
            values[name] = check()
        except Invalid as error:
            wrong[name] = error.code
            params |= error.params
    if wrong:
        raise FieldErrors(wrong, **params)
    return values
