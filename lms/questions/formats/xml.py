"""Foreign XML and zip files, read without trusting them: no DTD, no entities, no network, nothing unpacked to disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lms.core.sources import BrokenSource, Fault
from lms.questions.formats.item import MAX_BYTES

MAX_FILES = 2_000
MAX_UNPACKED = 20_000_000


def parsed(data: bytes, name: str) -> Element:
    """The root element. Errors: BrokenSource with the line, also for a document that declares entities or a DTD."""
    if len(data) > MAX_BYTES:
        raise BrokenSource([Fault(name, 1, f"larger than {MAX_BYTES} bytes")])
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except ParseError as error:
        raise BrokenSource([Fault(name, error.position[0], f"not XML: {error.msg}")]) from error
    except DefusedXmlException as error:
        raise BrokenSource([Fault(name, 1, "declares a DTD or entities, which are not read here")]) from error
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        raise BrokenSource([Fault(name, 1, f"not readable: {error}")]) from error
    return root


def unzipped(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The XML files of a zip, in memory. Errors: BrokenSource for bombs, ways out of the folder, links and broken zips."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            _check(entries, name)
            for entry in entries:
                if entry.filename.lower().endswith(".xml"):
                    with package.open(entry) as member:
                        body = member.read(MAX_BYTES + 1)
                    yield f"{name}/{entry.filename}", body
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BrokenSource([Fault(name, 1, f"not a readable zip file ({error})")]) from error


def _check(entries: list[zipfile.ZipInfo], name: str) -> None:
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise BrokenSource([Fault(name, 1, f"holds more than {MAX_FILES} files or {MAX_UNPACKED} bytes")])
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0] or (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise BrokenSource([Fault(name, 1, f"the entry {entry.filename!r} points outside of the file")])


def local(element: Element) -> str:
    """A tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element | None, tag: str) -> Element | None:
    """The first child with a tag, whatever its namespace."""
    return next((one for one in element if local(one) == tag), None) if element is not None else None
