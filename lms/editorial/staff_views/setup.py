"""The desk's pages together: one blueprint, filled by the modules beside this one."""

from lms.editorial.staff_views import exchange, overview, proposals, questions, tariffs, texts
from lms.editorial.staff_views.base import bp

__all__ = ["bp", "exchange", "overview", "proposals", "questions", "tariffs", "texts"]
