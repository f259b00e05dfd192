"""The audit trail's chain, and the inventory of personal data."""

import argparse
import csv
import json
import sys
from dataclasses import asdict

from lms.app import create_app
from lms.audit import services as trail
from lms.audit.queries import last_seal
from lms.core import clock
from lms.core.clock import ISTANBUL
from lms.privacy.services import inventory as personal

_FAULTS = {
    "changed": "row {row} (block {block}) was changed after it was sealed",
    "missing": "row {row} (block {block}) is gone",
    "extra": "row {row} was put into block {block} later",
    "block": "block {block} does not follow from the one before it",
}


def verify_audit(args: argparse.Namespace) -> int:
    """Recompute the chain over the audit trail; names the first row that does not fit."""
    with create_app().app_context():
        found = trail.verify(clock.now(), deposited=args.head or "")
    if args.json:
        print(json.dumps({"ok": found.ok, **asdict(found)}))
    else:
        for fault in found.faults:
            print("BAD " + _FAULTS[fault.kind].format(row=fault.row, block=fault.block))
        if not found.knows_head:
            print("BAD the head you gave is not one of this chain")
        print(f"{found.rows} rows in {found.blocks} blocks, {found.late} of them late, {found.unsealed} not sealed yet")
        print(f"head {found.head or '-'}")
    return 0 if found.ok else 1


def audit_head(_args: argparse.Namespace) -> int:
    """Print the newest block's head: kept elsewhere, it proves every row up to it (lms audit verify --head ...)."""
    with create_app().app_context():
        last = last_seal()
    if last is None:
        print("no block is sealed yet")
        return 1
    print(
        f"{last.head}  block {last.number}, rows to {last.to_id}, {last.sealed_at.astimezone(ISTANBUL):%Y-%m-%d %H:%M}"
    )
    return 0


def inventory(args: argparse.Namespace) -> int:
    """Print what each column of each table holds, why, for how long and who receives it (the VERBİS list)."""
    lines = personal.inventory()
    if args.json:
        print(json.dumps([asdict(line) for line in lines], ensure_ascii=False))
    elif args.csv:
        table = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
        table.writerow(asdict(lines[0]))
        table.writerows(asdict(line).values() for line in lines)
    else:
        for line in lines:
            print(
                f"{line.table}.{line.column}: {line.category}; {line.purpose or line.reason}; {line.retention} {line.period}"
            )
    return 0
