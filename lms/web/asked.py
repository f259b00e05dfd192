"""Whole numbers that an address asks for beside its path."""

from flask import request

MOST = 2**31 - 1
"""What every database counts with."""


def whole_number(name: str, default: int = 0) -> int:
    """The number, or the nearest one that can be counted with; ``default`` for what is none."""
    return min(max(request.args.get(name, default, type=int), 0), MOST)


def page_number() -> int:
    """?sayfa=: which page of a list, from 1 on."""
    return max(whole_number("sayfa", 1), 1)
