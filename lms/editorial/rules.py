"""The desk's own rules: the states of a build."""

from enum import StrEnum
from typing import Final


class BuildState(StrEnum):
    """Where the building after a publication stands."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"  # the films stand; the release waits for the day on which its rule takes effect
    DONE = "done"
    FAILED = "failed"
    OUTRUN = "outrun"  # a later publication took its place


OPEN: Final = (BuildState.WAITING, BuildState.RUNNING, BuildState.READY)
