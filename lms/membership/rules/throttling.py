"""R031: how guessing a password is slowed without ever locking anybody out.

A T.C. kimlik number is guessable, so whoever fails on purpose must not be able to keep its owner out. Hence nothing is
ever locked; a bucket of failures only makes the next try wait, and which bucket counts depends on where a try is from:

- **device**: a browser in which this member has logged in before carries a signed token bound to the membership. Its
  tries are counted in a bucket of its own and in no other: whatever others do elsewhere, this browser is not slowed.
- **pair** (account + network): 5 tries at once, then a wait that doubles from 5 seconds to 5 minutes. Strangers on
  other networks cannot fill it. A number without a membership is counted the same, so that waits reveal nothing.
- **network**: 100 failures (a mobile operator puts thousands behind one address), then at most 10 seconds a try. This
  is against trying one password on many numbers. Successful log-ins are not failures.
- **account**, over all networks: it never makes anybody wait. Past 50 failures a day somebody is guessing from many
  places, and each *new* network then gets 1 try before it waits, instead of 5; the owner's first try from anywhere is
  always judged at once.

A bucket forgets its failures after an hour without one (account: a day). A wait that is not kept is answered with "too
many" and is not counted. The count is raised before the password is looked at and taken back if it was right, its instant
too, so that many tries at one instant are no way round and nobody waits for the successes of others. Second-factor codes have a bucket per account: 5 tries, then the same doubling.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final


@dataclass(frozen=True, slots=True)
class Pace:
    """How a bucket slows: `free` failures cost nothing, then waits double from `first` to `cap` seconds."""

    free: int
    first: int
    cap: int
    memory: timedelta = timedelta(hours=1)

    def wait_after(self, failures: int) -> int:
        """Seconds that must lie between the last failure and the next try."""
        beyond = failures - self.free
        return 0 if beyond < 0 else min(self.first << min(beyond, 20), self.cap)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a bucket remembers."""

    failures: int = 0
    last_at: datetime | None = None


DEVICE: Final = Pace(free=5, first=5, cap=300)
PAIR: Final = Pace(free=5, first=5, cap=300)
PAIR_UNDER_ATTACK: Final = Pace(free=1, first=30, cap=300)
NETWORK: Final = Pace(free=100, first=1, cap=10)
REGISTRATION: Final = Pace(free=10, first=15, cap=300)
"""Per network; only tries with a number that already has a membership count."""
RESET: Final = Pace(free=100, first=5, cap=30)
"""Requests for a new password, per network: every one counts, and on a last day an operator's one address asks often."""
SECOND_FACTOR: Final = Pace(free=5, first=30, cap=900)
ATTACK: Final = 50
ACCOUNT_MEMORY: Final = timedelta(days=1)


def remembered(tally: Tally, memory: timedelta, now: datetime) -> Tally:
    """The tally as it counts now: nothing, if the bucket was quiet for its memory."""
    forgotten = tally.last_at is None or now - tally.last_at >= memory
    return Tally() if forgotten else tally


def wait(tally: Tally, pace: Pace, now: datetime) -> int:
    """Seconds still to wait before the next try is judged; 0 means now."""
    kept = remembered(tally, pace.memory, now)
    if kept.last_at is None:
        return 0
    remaining = kept.last_at + timedelta(seconds=pace.wait_after(kept.failures)) - now
    return max(0, -(-remaining // timedelta(seconds=1)))


def pair_pace(account: Tally, now: datetime) -> Pace:
    """The pace of an unknown device: stricter while the account is being guessed at from many networks."""
    attacked = remembered(account, ACCOUNT_MEMORY, now).failures >= ATTACK
    return PAIR_UNDER_ATTACK if attacked else PAIR


def network_of(ip: str | None) -> str:
    """The network that answers for an address: the IPv4 address itself, the /64 of an IPv6 address."""
    try:
        address: IPv4Address | IPv6Address = ip_address(ip or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, 64), strict=False).network_address)
        address = address.ipv4_mapped
    return str(address)
