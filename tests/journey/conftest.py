"""The same 2025 term and logged-in person as the application's tests."""

from tests.enrolment.conftest import person, term, who

__all__ = ["person", "term", "who"]
