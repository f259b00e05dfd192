"""The pages of the reports together: one blueprint, filled by the modules beside this one."""

from lms.reports.staff_views import dashboard, lists, signs
from lms.reports.staff_views.dashboard import bp

__all__ = ["bp", "dashboard", "lists", "signs"]
