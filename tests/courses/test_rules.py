"""How narration is said and captioned."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules.captions import CUE, LINE, Cue, clock, cues, lines, pieces, webvtt
from lms.courses.rules.speech import number_words, said, sentences

LEXICON = {"ÖRYM": "ö re ye me", "TL": "lira", "KDV": "ka de ve"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "sıfır"), (1, "bir"), (16, "on altı"), (100, "yüz"), (101, "yüz bir"), (533, "beş yüz otuz üç"), (1000, "bin"), (2020, "iki bin yirmi"),
        (31079, "otuz bir bin yetmiş dokuz"), (101_000, "yüz bir bin"), (1_000_000, "bir milyon"), (4_000_000, "dört milyon"),
        (3_000_001, "üç milyon bir"), (1_001_001, "bir milyon bin bir"), (750_000_000, "yedi yüz elli milyon"),
    ],
)  # fmt: skip
def test_numbers_in_words(value, words):
    assert number_words(value) == words


@pytest.mark.parametrize(
    ("shown", "spoken"),
    [
        ("%0,70", "yüzde sıfır virgül yetmiş"),
        ("%1,05 ve %10", "yüzde bir virgül sıfır beş ve yüzde on"),
        ("533,00 TL", "beş yüz otuz üç lira"),
        ("4.000.000 TL'nin %0,70'i", "dört milyon liranın yüzde sıfır virgül yetmişi"),
        ("16'ncı madde", "on altıncı madde"),
        ("1.000 TL'lik alacak", "bin liralık alacak"),
        ("ÖRYM'nin limiti", "ö re ye menin limiti"),
        ("28.000 × 30 = 840.000", "yirmi sekiz bin çarpı otuz eşittir sekiz yüz kırk bin"),
    ],
)
def test_shown_text_has_a_spoken_form(shown, spoken):
    assert said(shown, LEXICON) == spoken


def test_sentences_are_cut_and_overruled_in_place():
    found = sentences("Tarife 25 Mart 2020'de çıktı. [[RG|Resmî Gazete]] 31079'dur! Peki, ya sonra?", LEXICON)
    assert [s.shown for s in found] == ["Tarife 25 Mart 2020'de çıktı.", "RG 31079'dur!", "Peki, ya sonra?"]
    assert found[1].said == "Resmî Gazete otuz bir bin yetmiş dokuzdur!"
    assert sentences("  \n ", LEXICON) == ()
    assert [s.shown for s in sentences("Madde 5. bentte yazar. Bitti.", {})] == ["Madde 5. bentte yazar.", "Bitti."]


words = st.lists(st.text("abcçğışz,", min_size=1, max_size=14), min_size=1, max_size=60).map(" ".join)


@given(words)
def test_pieces_lose_nothing_and_fit(text):
    parts = pieces(text)
    assert " ".join(parts) == text
    assert all(len(part) <= CUE + 14 for part in parts)


@given(words, st.integers(0, 10_000), st.integers(1, 30_000))
def test_cues_fill_their_time_in_order(text, start, length):
    made = cues(text, start, start + length)
    assert made[0].start == start
    assert made[-1].end == start + length
    assert all(a.end == b.start for a, b in pairwise(made))


def test_a_caption_file():
    assert clock(3_723_004) == "01:02:03.004"
    assert lines("kısa") == "kısa"
    two = lines("Oran, cironun tamamına uygulanır ve dilim dilim hesaplanmaz.").split("\n")
    assert len(two) == 2
    assert max(map(len, two)) <= LINE
    text = webvtt([Cue(0, 1500, "A & B < C")])
    assert text == "WEBVTT\nKind: captions\nLanguage: tr\n\n1\n00:00:00.000 --> 00:00:01.500\nA &amp; B &lt; C\n"
