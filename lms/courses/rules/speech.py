"""How narration is said, kept apart from how it is shown: captions keep "%0,70", the voice says "yüzde sıfır virgül yetmiş".

An author writes plain Turkish; `[[shown|said]]` overrules a single place, and the course's lexicon says abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

_ONES = ("", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_TENS = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
_SCALES = ("", "bin", "milyon", "milyar", "trilyon")
_HIGH = {"a": "ı", "ı": "ı", "o": "u", "u": "u", "e": "i", "i": "i", "ö": "ü", "ü": "ü"}
_SIGNS = {
    "×": " çarpı ",
    "=": " eşittir ",
    "→": ", ",
    "+": " artı ",
    "≥": " en az ",
    "≤": " en çok ",
    "…": ". ",
    "&": " ve ",
}

# A value that a reference gave stands between marks while sentences are cut: one says which reference, one ends it.
_CLOSE = "\x03"
_MARK = re.compile("([\uf000-\uf8ff])([^\x03]*)\x03")
_OVERRIDE = re.compile(r"\[\[([^|\[\]]+)\|([^|\[\]]+)\]\]")
# A sentence ends at . ? ! (and a closing quote) before white space and a capital, a digit or an opening quote.
_END = re.compile(r"(?<=[.?!…])([”\")\x03]*)\s+(?=[“\"(\[]?[\x00\uf000-\uf8ffA-ZÇĞİÖŞÜ0-9%])")
_NUMBER = re.compile(r"(%\s?)?(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: what a caption shows and what the voice says; `marks` are (start, end, reference) in the shown text."""

    shown: str
    said: str
    marks: tuple[tuple[int, int, int], ...] = ()


def mark(reference: int, value: str) -> str:
    """The value of a narration's n-th reference, between marks."""
    return f"{chr(0xF000 + reference)}{value}{_CLOSE}"


def _lifted(text: str) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """Text without its marks, and where they stood."""
    plain, places, at = "", [], 0
    for found in _MARK.finditer(text):
        plain += text[at : found.start()]
        places.append((len(plain), len(plain) + len(found[2]), ord(found[1]) - 0xF000))
        plain, at = plain + found[2], found.end()
    return plain + text[at:], tuple(places)


def number_words(value: int) -> str:
    """4000000 -> "dört milyon"; 1000 is "bin", not "bir bin". Whole numbers from 0 to below 10**15."""
    if not 0 <= value < 10**15:
        raise ValueError(value)
    if value == 0:
        return "sıfır"
    groups: list[str] = []
    for scale in _SCALES:
        value, group = divmod(value, 1000)
        if group:
            hundreds, rest = divmod(group, 100)
            tens, ones = divmod(rest, 10)
            words = [_ONES[hundreds] if hundreds > 1 else "", "yüz" if hundreds else "", _TENS[tens], _ONES[ones]]
            if scale == "bin" and group == 1:
                words = []
            groups.append(" ".join(word for word in (*words, scale) if word))
    return " ".join(reversed(groups))


def _say_number(found: re.Match[str]) -> str:
    percent, whole, fraction = found.groups()
    text = number_words(int(whole.replace(".", "")))
    if fraction and fraction.strip("0"):
        zeros = len(fraction) - len(fraction.lstrip("0"))
        text = " ".join([text, "virgül", *["sıfır"] * zeros, number_words(int(fraction))])
    return f"yüzde {text}" if percent else text


def harmony(word: str, suffix: str) -> str:
    """The suffix with the vowels that the word, as it is said, asks for: lira + nin -> nın ("TL'nin" is written for "te le")."""
    last = next((letter for letter in reversed(word) if letter in _HIGH), "")
    made = ""
    for letter in suffix:
        if last and letter in "ıiuü":
            letter = last = _HIGH[last]  # noqa: PLW2901
        elif last and letter in "ae":
            letter = last = "a" if last in "aıou" else "e"  # noqa: PLW2901
        made += letter
    return made


def _say_short(words: str, found: re.Match[str]) -> str:
    return words + harmony(words, found.group(1) or "")


def said(text: str, lexicon: Mapping[str, str]) -> str:
    """The spoken form of shown text: abbreviations by the lexicon, numbers and signs in words, suffixes joined ("16'ncı")."""
    for short, words in sorted(lexicon.items(), key=lambda entry: -len(entry[0])):
        found = rf"(?<!\w){re.escape(short)}(?!\w)(?:['’]([a-zçğıöşü]+))?"
        text = re.sub(found, partial(_say_short, words), text)
    text = _NUMBER.sub(_say_number, text)
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    text = re.sub(r"(?<=\w)['’](?=\w)", "", text)
    text = re.sub(r"[“”\"]", "", text).replace(" – ", ", ").replace(";", ",")
    return re.sub(r"\s+([.,?!:])", r"\1", re.sub(r"\s+", " ", text)).strip()


def sentences(narration: str, lexicon: Mapping[str, str]) -> tuple[Sentence, ...]:
    """Narration cut into sentences, each with its shown and its said form."""
    text = re.sub(r"\s+", " ", narration).strip()
    if not text:
        return ()
    kept: list[tuple[str, str]] = []

    def hide(found: re.Match[str]) -> str:
        kept.append((found.group(1).strip(), found.group(2).strip()))
        return f"\x00{chr(0xE000 + len(kept) - 1)}\x00"

    def place(part: str, which: int) -> str:
        return re.sub("\x00(.)\x00", lambda found: kept[ord(found.group(1)) - 0xE000][which], part)

    marked = _OVERRIDE.sub(hide, text)
    parts = [part for part in _END.sub("\\1\n", marked).split("\n") if part]
    made = []
    for part in parts:
        shown, marks = _lifted(place(part, 0))
        spoken = place(said(_lifted(part)[0], lexicon), 1)
        made.append(Sentence(shown, _lifted(spoken)[0], marks))
    return tuple(made)
