"""Codes to sentences: one table per language, one module per feature (``TR`` and ``EN`` dicts in each)."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from lms.web.writing import written


@cache
def table(language: str) -> dict[str, str]:
    """All sentences of ``language`` ("tr" or "en"): error codes and the steps of explained dates."""
    sentences: dict[str, str] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        entries: dict[str, str] = module.TR if language == "tr" else module.EN
        doubled = sentences.keys() & entries.keys()
        if doubled:
            raise ValueError(f"{module_info.name}: codes stand twice: {sorted(doubled)}")
        sentences.update(entries)
    return sentences


def explained(steps: Iterable[Mapping[str, Any]], language: str) -> str:
    """The steps of an explained date as one line: each one's sentence, joined by arrows."""
    return " → ".join(sentence(step["code"], step["params"], language) for step in steps)


class _Params(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def sentence(code: str, params: Mapping[str, object], language: str) -> str:
    """The sentence for ``code``, filled with ``params`` (dates written out); an unknown code answers a neutral sentence.

    Of several files the one it speaks of stands first.
    """
    texts = table(language)
    text = texts.get(code) or texts["error.unknown"]
    filled = text.format_map(_Params({name: written(value, language) for name, value in params.items()}))
    return f"“{params['file']}”: {filled}" if "file" in params else filled
