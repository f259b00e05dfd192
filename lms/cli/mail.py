"""Mail that came: taken in from a file, as the poller takes it from the mailbox."""

import argparse
import json
from pathlib import Path

from lms.app import create_app
from lms.core import clock
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import intake


def import_mail(args: argparse.Namespace) -> int:
    """Take in mails that were saved as files (.eml), each once; a result for each."""
    results = []
    with create_app().app_context():
        for name in args.file:
            row, new = intake.take(Path(name).read_bytes(), mailbox=Mailbox(args.mailbox), now=clock.now())
            results.append({"file": name, "mail": row.code, "new": new, "outcome": row.outcome, "case": row.case_code, "reason": row.reason})  # fmt: skip
    if args.json:
        print(json.dumps(results, ensure_ascii=False))
        return 0
    for one in results:
        known = "" if one["new"] else " (known already)"
        print(f"{one['file']}: {one['outcome']}{' ' + one['case'] if one['case'] else ''}{' - ' + one['reason'] if one['reason'] else ''}{known}")  # fmt: skip
    return 0
