"""What may be sent as a document: which kinds, how large, how many (R118, R045)."""

from collections.abc import Sequence
from typing import Final

from lms.core.errors import Invalid

MAX_FILES: Final = 8
MAX_BYTES: Final = 10 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 11 * 1024 * 1024
MAX_PAGES: Final = 40


def check_size(size: int) -> None:
    """One file: not empty, not too large."""
    if not size:
        raise Invalid("document.empty")
    if size > MAX_BYTES:
        raise Invalid("document.too_big", megabytes=MAX_BYTES // 1024 // 1024)


def check_batch(sizes: Sequence[int], already: int = 0) -> None:
    """Files that come together: their number, with those a case has ``already``, and their size together are bounded."""
    if already + len(sizes) > MAX_FILES:
        raise Invalid("document.too_many", most=MAX_FILES)
    if sum(sizes) > MAX_TOTAL_BYTES:
        raise Invalid("document.too_big", megabytes=MAX_BYTES // 1024 // 1024)
