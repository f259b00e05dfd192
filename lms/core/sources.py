"""Authored files: YAML in which every part knows its line, and faults that name file, line and reason.

Content is data that people write by hand, so a reader of it collects every fault it finds before it gives up:
`read` never raises for what an author did, it notes it; the caller ends with `raise_if_broken`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, overload

import yaml

T = TypeVar("T")
D = TypeVar("D")

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
AUTHORED = ("content", "question_bank")


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One thing to mend in an authored file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class BrokenSource(Exception):
    """Authored files with faults; nothing of them may be applied."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


Documents = Mapping[str, bytes]
"""Authored files by their path in a checkout ("content/tariffs/DDAS-TT-2020.yaml"), wherever they come from."""


class Folder(Documents):
    """The authored files below a folder, or those that are kept; each is read when it is asked for."""

    def __init__(self, root: Path, keep: Callable[[str], bool] | None = None) -> None:
        self._root = root
        found = (path.relative_to(root) for top in AUTHORED for path in (root / top).rglob("*") if path.is_file())
        names = sorted(name.as_posix() for name in found if not any(part[0] == "." for part in name.parts))
        self._names = dict.fromkeys(name for name in names if keep is None or keep(name))

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return (self._root / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Changed(Documents):
    """Documents of which some are others than below; None = no longer there."""

    def __init__(self, below: Documents, changes: Mapping[str, bytes | None]) -> None:
        self._below, self._changes = below, changes
        kept = (name for name in below if name not in changes)
        self._names = dict.fromkeys(sorted([*kept, *(name for name, data in changes.items() if data is not None)]))

    def __getitem__(self, name: str) -> bytes:
        data = self._changes[name] if name in self._changes else self._below[name]
        if data is None:
            raise KeyError(name)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def names_in(documents: Documents, folder: str, suffix: str = "") -> list[str]:
    """The names of the documents that lie directly in a folder, in order."""
    return sorted(name for name in documents if name.rpartition("/")[0] == folder and name.endswith(suffix))


def folders_in(documents: Documents, folder: str) -> list[str]:
    """The names of the folders directly in a folder, in order."""
    start = f"{folder}/"
    inside = (name.removeprefix(start).partition("/") for name in documents if name.startswith(start))
    return sorted({first for first, slash, _ in inside if slash})


def raise_if_broken(faults: list[Fault]) -> None:
    """End of a reading: all faults at once."""
    if faults:
        raise BrokenSource(faults)


@dataclass(slots=True)
class Part:
    """A mapping, a list or a scalar of an authored file, with its place."""

    value: Any
    file: str
    line: int
    faults: list[Fault] = field(repr=False)

    def fault(self, reason: str) -> None:
        """Note what is wrong here."""
        self.faults.append(Fault(self.file, self.line, reason))

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def at(self, key: str) -> Part | None:
        """The part under a key, or None."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def only(self, *keys: str) -> None:
        """Fault whatever key is not one of these: a typing slip must not be silently ignored."""
        if not isinstance(self.value, dict):
            self.fault("a mapping (key: value) is expected here")
            return
        for key, part in self.value.items():
            if key not in keys:
                part.fault(f"unknown key {key!r}; known: {', '.join(keys)}")

    @overload
    def get(self, key: str, kind: type[T]) -> T | None: ...
    @overload
    def get(self, key: str, kind: type[T], default: D) -> T | D: ...
    def get(self, key: str, kind: type[T], default: Any = None) -> Any:
        """The plain value under a key; `default` if the key is absent; a wrong type is a fault."""
        part = self.at(key)
        if part is None:
            return default
        return part.plain(kind, default)

    def need(self, key: str, kind: type[T], default: T) -> T:
        """As `get`, but an absent key is a fault too (`default` lets the reading go on)."""
        part = self.at(key)
        if part is None:
            self.fault(f"{key!r} is missing")
            return default
        return part.plain(kind, default)

    def plain(self, kind: type[T], default: D) -> T | D:
        """This scalar as `kind`; text is stripped and must not be empty."""
        value = self.value.strip() if isinstance(self.value, str) else self.value
        if type(value) is not kind or value == "":
            self.fault(f"{_NAMES.get(kind, kind.__name__)} is expected here")
            return default
        return value

    @property
    def bare(self) -> Any:
        """The value without its places, all the way down."""
        if isinstance(self.value, dict):
            return {key: part.bare for key, part in self.value.items()}
        return [part.bare for part in self.value] if isinstance(self.value, list) else self.value

    def items(self, key: str) -> list[Part]:
        """The parts of the list under a key; absent = empty."""
        part = self.at(key)
        if part is None:
            return []
        if not isinstance(part.value, list):
            part.fault("a list is expected here")
            return []
        return list(part.value)

    def pairs(self) -> Iterator[tuple[str, Part]]:
        """The keys of this mapping, in the order of the file."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        else:
            self.fault("a mapping (key: value) is expected here")


_NAMES: dict[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    date: "a date (2020-03-25)",
    dict: "a mapping (key: value)",
    list: "a list",
}


_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it


def _compose(text: str) -> yaml.Node | None:
    """The node tree of a text without aliases and without absurd depth: a small file must not unfold into a huge one."""
    depth = 0
    for event in yaml.parse(text, Loader=_FAST):
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not used here", mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"deeper than {MAX_DEPTH} levels", mark)
    node: yaml.Node | None = yaml.compose(text, Loader=_FAST)
    return node


def read(path: Path, name: str, faults: list[Fault]) -> Part | None:
    """The root of a YAML file; None (with a fault noted) if it cannot be read at all. `name` is how faults call it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        faults.append(Fault(name, 1, f"cannot be read ({error.strerror})"))
        return None
    return parse(data, name, faults)


def read_document(documents: Documents, name: str, faults: list[Fault]) -> Part | None:
    """As `read`, of a document."""
    if name not in documents:
        faults.append(Fault(name, 1, "there is no such file"))
        return None
    return parse(documents[name], name, faults)


def read_text(documents: Documents, name: str, faults: list[Fault]) -> str | None:
    """A document that is no YAML; None (with a fault noted) if it cannot be read at all."""
    data = documents.get(name)
    if data is None:
        faults.append(Fault(name, 1, "there is no such file"))
        return None
    if len(data) > MAX_BYTES:
        faults.append(Fault(name, 1, f"larger than {MAX_BYTES} bytes"))
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        faults.append(Fault(name, data[: error.start].count(b"\n") + 1, "not UTF-8 text"))
        return None
    if "\0" in text:
        faults.append(Fault(name, text[: text.index("\0")].count("\n") + 1, "a NUL character is no text"))
        return None
    return text


def parse(data: bytes, name: str, faults: list[Fault]) -> Part | None:
    """As `read`, from bytes."""
    if len(data) > MAX_BYTES:
        faults.append(Fault(name, 1, f"larger than {MAX_BYTES} bytes"))
        return None
    try:
        node = _compose(data.decode("utf-8"))
        if node is None:
            faults.append(Fault(name, 1, "the file is empty"))
            return None
        return _part(yaml.SafeLoader(""), node, name, faults)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.append(Fault(name, line, "not UTF-8 text"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.append(Fault(name, mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        faults.append(Fault(name, 1, f"not YAML: {error}"))
    return None


def _part(loader: yaml.SafeLoader, node: yaml.Node, name: str, faults: list[Fault]) -> Part:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Part([_part(loader, item, name, faults) for item in node.value], name, line, faults)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Hashable, Part] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            part = _part(loader, value_node, name, faults)
            if key in mapping:
                faults.append(Fault(name, key_node.start_mark.line + 1, f"{key!r} stands twice"))
            mapping[key] = part
        return Part(mapping, name, line, faults)
    return Part(loader.construct_object(node), name, line, faults)
