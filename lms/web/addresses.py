"""Addresses that came from outside: only those of our own pages are followed."""

from urllib.parse import urlsplit

from flask import request


def own_page(address: str) -> str | None:
    """V3.7.2: path and query of a page of ours, given as a path or whole; None for anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    plain = address.isprintable() and "\\" not in address
    here = (parts.scheme, parts.netloc) in (("", ""), (request.scheme, request.host))
    if not (plain and here) or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
