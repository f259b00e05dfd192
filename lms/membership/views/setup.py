"""The pages of membership together: one blueprint, filled by the modules beside this one."""

from flask import Flask

from lms.membership.views import account, confirm, entry
from lms.membership.views.base import bp, init_login

__all__ = ["account", "bp", "entry", "init_app"]


def init_app(app: Flask) -> None:
    """Who is logged in, and what asks for the proof again."""
    init_login(app)
    confirm.init_app(app)
