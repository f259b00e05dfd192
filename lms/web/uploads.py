"""Files in a form; and the few views that take more than the application's limit of a request's size, from those who may
open them."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage

from lms.core.errors import DomainError
from lms.web.access import allowed

P = ParamSpec("P")
R = TypeVar("R")
_MARK = "__lms_upload__"


def chosen(fields: list[FileStorage] | None) -> list[tuple[str | None, bytes]]:
    """What was really chosen, as often as it is asked for: an empty file field sends one nameless file."""
    files = [file for file in fields or [] if file.filename]
    for file in files:
        file.seek(0)
    return [(file.filename, file.read()) for file in files]


def takes(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that takes requests of up to `most` bytes; files among them go to disk as they come."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _MARK, most)
        return view

    return decorate


def _widen() -> None:
    """Before anything reads the body: the wider limit only for who passes the view's own rule."""
    most: int | None = getattr(current_app.view_functions.get(request.endpoint or ""), _MARK, None)
    if most is None:
        return
    try:
        if allowed():
            request.max_content_length = most
    except DomainError:
        return


def init_app(app: Flask) -> None:
    """Stands before the CSRF check, which reads the form."""
    app.before_request(_widen)
