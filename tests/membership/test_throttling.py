from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from lms.membership.rules import throttling
from lms.membership.rules.throttling import ATTACK, NETWORK, PAIR, PAIR_UNDER_ATTACK, Tally

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)


def test_R031_waits_double_and_are_capped():
    waits = [PAIR.wait_after(failures) for failures in range(16)]
    assert waits == [0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]
    assert PAIR.wait_after(10**9) == 300


def test_R031_a_wait_ends_and_is_rounded_up():
    tally = Tally(failures=5, last_at=NOW)
    assert throttling.wait(tally, PAIR, NOW) == 5
    assert throttling.wait(tally, PAIR, NOW + timedelta(seconds=4.2)) == 1
    assert throttling.wait(tally, PAIR, NOW + timedelta(seconds=5)) == 0
    assert throttling.wait(Tally(), PAIR, NOW) == 0


def test_R031_twenty_bad_tries_are_slowed_but_nobody_is_ever_locked():
    at, failures, judged = NOW, 0, []
    while len(judged) < 20:
        at += timedelta(seconds=throttling.wait(Tally(failures, at), PAIR, at))
        failures += 1
        judged.append(at)
    assert judged[-1] - judged[0] > timedelta(minutes=40)
    assert max(b - a for a, b in pairwise(judged)) == timedelta(minutes=5)


def test_R031_a_quiet_hour_forgets():
    tally = Tally(failures=40, last_at=NOW)
    assert throttling.wait(tally, PAIR, NOW + timedelta(minutes=1)) == 240
    assert throttling.remembered(tally, PAIR.memory, NOW + timedelta(hours=1)) == Tally()


def test_R031_guessing_from_many_networks_gives_each_new_one_a_single_try():
    assert throttling.pair_pace(Tally(ATTACK - 1, NOW), NOW) is PAIR
    assert throttling.pair_pace(Tally(ATTACK, NOW), NOW) is PAIR_UNDER_ATTACK
    assert throttling.pair_pace(Tally(ATTACK, NOW), NOW + timedelta(days=1)) is PAIR
    assert (
        throttling.wait(Tally(), PAIR_UNDER_ATTACK, NOW) == 0
    )  # the owner's first try from anywhere is judged at once
    assert throttling.wait(Tally(1, NOW), PAIR_UNDER_ATTACK, NOW) == 30


def test_R031_a_network_of_thousands_is_slowed_by_seconds_only():
    assert throttling.wait(Tally(99, NOW), NETWORK, NOW) == 0
    assert throttling.wait(Tally(100_000, NOW), NETWORK, NOW) == 10


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (None, "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_a_network_answers_for_an_address(ip, network):
    assert throttling.network_of(ip) == network
