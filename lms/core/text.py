"""Turkish letters: case, comparison and order. Python's own upper/lower turn i and ı into each other; nothing here does."""

import unicodedata

_UPPER = str.maketrans({"i": "İ", "ı": "I"})
_LOWER = str.maketrans({"İ": "i", "I": "ı"})
_ORDER = {letter: index for index, letter in enumerate("abcçdefgğhıijklmnoöpqrsştuüvwxyz")}
_HATS = str.maketrans("âîû", "aiu")
_FOLD = str.maketrans("çğıöşüâîû", "cgiosuaiu")


def nfc(text: str) -> str:
    """One spelling for one letter: composed (ğ is one code point), spaces collapsed, ends trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def tr_upper(text: str) -> str:
    """istanbul ılgaz -> İSTANBUL ILGAZ."""
    return unicodedata.normalize("NFC", text).translate(_UPPER).upper()


def tr_lower(text: str) -> str:
    """İSTANBUL ILGAZ -> istanbul ılgaz."""
    return unicodedata.normalize("NFC", text).translate(_LOWER).lower()


def tr_title(text: str) -> str:
    """Each word's first letter upper, the rest lower: `AYŞE ışık-ilhan` -> `Ayşe Işık-İlhan`."""
    words = [
        "-".join(tr_upper(part[:1]) + tr_lower(part[1:]) for part in word.split("-")) for word in nfc(text).split(" ")
    ]
    return " ".join(words)


def fold(text: str) -> str:
    """For searching: lower case, without Turkish marks, so that `isik` finds `IŞIK` and `Işık`."""
    plain = tr_lower(nfc(text)).translate(_FOLD)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def sort_key(text: str) -> str:
    """A string whose plain code point order is the Turkish alphabet's; stored beside what is listed in order.

    Letters come after digits and every other sign; â, î, û sort as their base letters. The text itself follows, so that
    two different names never share a key.
    """
    plain = tr_lower(nfc(text))
    key = "".join(chr(0x100 + _ORDER[c]) if c in _ORDER else c for c in plain.translate(_HATS))
    return f"{key}\x01{plain}"
