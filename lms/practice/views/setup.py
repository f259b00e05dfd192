"""The blueprint with all its views."""

from lms.practice.views import desk, policies, quotes
from lms.practice.views.base import bp

SCREENS = (desk, quotes, policies)
"""The modules whose views stand on the blueprint."""
__all__ = ["bp"]
