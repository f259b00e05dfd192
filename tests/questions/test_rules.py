from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions.rules.drawing import Entry, Slot, draw, option_order, shortages, slots_for, variant
from lms.questions.rules.question import Question, Variant, same_option, text_faults

TOPICS = ("a", "b", "c")

entries = st.lists(st.tuples(st.sampled_from(TOPICS), st.integers(1, 3)), min_size=10, max_size=60).map(
    lambda pairs: [Entry(i, f"{topic}-{i:03d}", topic, level) for i, (topic, level) in enumerate(pairs)]
)
slots = st.lists(st.builds(Slot, st.sampled_from(TOPICS), st.integers(1, 3)), min_size=1, max_size=10)


PLAIN = Variant(stem="Soru?", options=("bir", "iki", "üç", "dört"), explanation="Çünkü.")


def question(*, until=None, difficulty=1, **words):
    return Question(
        code="prim-001",
        programme="ddta",
        topic="prim",
        lesson="prim",
        difficulty=difficulty,
        sources=(),
        variants=(replace(PLAIN, **words),),
        until=until,
    )


@given(entries, slots, st.text(max_size=8), st.randoms())
def test_a_draw_is_the_same_for_the_same_seed_whatever_the_order_of_rows(pool, wanted, seed, random):
    first = draw(pool, wanted, (), seed)
    random.shuffle(pool)
    assert draw(pool, wanted, (), seed) == first


@given(entries, slots, st.text(max_size=8), st.sets(st.integers(0, 59)))
def test_no_question_repeats_while_others_are_left(pool, wanted, seed, used):
    paper = draw(pool, wanted, used, seed)
    assert len(paper) == len(wanted) == len({entry.id for entry in paper})
    unused = [entry for entry in pool if entry.id not in used]
    fresh = sum(entry.id not in used for entry in paper)
    assert fresh == min(len(unused), len(wanted))


@given(entries, slots, st.text(max_size=8), st.sets(st.integers(0, 59)))
def test_every_slot_that_can_be_served_by_its_own_questions_is(pool, wanted, seed, used):
    paper = draw(pool, wanted, used, seed)
    left = [entry for entry in pool if entry.id not in used]
    for slot in set(wanted):
        stock = sum((entry.topic, entry.difficulty) == slot for entry in left)
        served = sum((entry.topic, entry.difficulty) == slot and entry.id not in used for entry in paper)
        assert served >= min(stock, wanted.count(slot))
    for topic in TOPICS:
        stock = sum(entry.topic == topic for entry in left)
        served = sum(entry.topic == topic and entry.id not in used for entry in paper)
        assert served >= min(stock, sum(slot.topic == topic for slot in wanted))


def test_seeds_differ():
    pool = [Entry(i, f"a-{i:03d}", "a", 1) for i in range(40)]
    papers = {tuple(entry.id for entry in draw(pool, [Slot("a", 1)] * 10, (), str(seed))) for seed in range(50)}
    assert len(papers) == 50


def test_every_question_is_drawn_about_equally_often():
    pool = [Entry(i, f"a-{i:03d}", "a", 1) for i in range(10)]
    counts = [0] * 10
    for seed in range(1000):
        for entry in draw(pool, [Slot("a", 1)] * 2, (), str(seed)):
            counts[entry.id] += 1
    assert min(counts) > 150
    assert max(counts) < 250


def test_a_pool_too_small_gives_a_shorter_paper():
    assert len(draw([Entry(1, "a-001", "a", 1)], [Slot("a", 1)] * 2, (), "s")) == 1


@given(st.text(max_size=8))
def test_options_are_shuffled_by_the_seed(seed):
    order = option_order(seed, "prim-001")
    assert sorted(order) == [0, 1, 2, 3]
    assert order == option_order(seed, "prim-001")


def test_the_key_stands_at_every_letter_about_equally_often():
    places = [option_order(str(seed), "prim-001").index(0) for seed in range(1000)]
    assert all(200 < places.count(place) < 300 for place in range(4))


def test_a_paper_of_any_length_keeps_the_blueprint():
    two = [Slot("a", 1), Slot("b", 2)]
    assert slots_for(two, 5) == [*two, *two, two[0]]


def test_shortages_name_slot_stock_and_need():
    assert shortages([Entry(1, "a-001", "a", 1)], [Slot("a", 1), Slot("b", 2)], 2) == [
        (Slot("a", 1), 1, 2),
        (Slot("b", 2), 0, 2),
    ]


def test_identity_is_the_content():
    one = question()
    assert one.content_hash == question().content_hash
    for change in (
        {"stem": "Soru mu?"},
        {"options": ("iki", "bir", "üç", "dört")},
        {"difficulty": 2},
        {"explanation": "."},
    ):
        assert question(**change).content_hash != one.content_hash


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("%0,50", "%0,5", True),
        ("2.000 TL", "2.000,00 TL", True),
        ("İade edilir.", "iade  edilir", True),
        ("ISPARTA", "ısparta", True),
        ("2.000 TL", "20.000 TL", False),
        ("1.050 TL", "1.05 TL", False),
    ],
)
def test_options_that_say_the_same(one, two, same):
    assert same_option(one, two) == same


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": ("bir", "Bir.", "üç", "dört")}, "two options are equal"),
        ({"options": ("bir", "iki", "üç", "Yukarıdakilerin hepsi")}, "points at the others"),
        ({"options": ("bir", "iki", "A ve B", "dört")}, "points at the others"),
        ({"stem": "Zarar tam 2.500 TL ise kim öder?"}, "exactly 2.500"),
        ({"stem": "Peşin indirim taban primden önce mi uygulanır?"}, "open point"),
        ({"stem": "BSMV dâhil prim nedir?"}, "BSMV"),
        ({"stem": "x" * 701}, "too long"),
    ],
)
def test_words_that_may_not_be_asked(changes, reason):
    assert any(reason in fault for fault in text_faults(question(**changes)))


def test_plain_words_are_fine():
    assert text_faults(question()) == []
    assert text_faults(question(stem="Bugün oran nedir?", until=date(2025, 11, 4))) == []


def test_a_fault_in_any_variant_is_found():
    two = replace(question(), variants=(PLAIN, replace(PLAIN, options=("bir", "Bir.", "üç", "dört"))))
    assert text_faults(two) == ["two options are equal"]


def test_days_on_which_a_question_holds():
    dated = replace(question(), from_day=date(2025, 1, 1), until=date(2025, 11, 4))
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 11, 3), date(2025, 11, 4)]
    assert [dated.holds_on(day) for day in days] == [False, True, True, False]
    assert question().holds_on(date.min)


def test_the_variant_follows_the_seed_and_each_comes_about_equally_often():
    counts = [0] * 8
    for seed in range(2000):
        counts[variant(str(seed), "hesap-001", 8)] += 1
    assert min(counts) > 190
    assert max(counts) < 310
    assert variant("s", "hesap-001", 8) == variant("s", "hesap-001", 8)
    assert variant("s", "prim-001", 1) == 0
