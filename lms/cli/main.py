"""The `lms` command: what operators and scripts type. Exit 0, 1 (found something wrong) or 2 (could not do it)."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from lms.cli import content, exchange, operate, serve, tariff
from lms.core.access import STAFF_ROLES
from lms.core.config import Config, ConfigError
from lms.core.errors import DomainError
from lms.core.sources import BrokenSource
from lms.web.messages import sentence

Run = Callable[[argparse.Namespace], int]
_OVER: dict[str, Any] = {"action": "store_true", "help": "also over what changed at both places"}
Group = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Run, *, as_json: bool = False
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=(run.__doc__ or "").strip().split("\n")[0])
    parser.set_defaults(run=run)
    if as_json:
        parser.add_argument("--json", action="store_true", help="for a script")
    return parser


def _group(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="COMMAND")


def parser(port: int = 8000) -> argparse.ArgumentParser:
    """Every command with its options."""
    root = argparse.ArgumentParser(prog="lms", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for name, run in (("serve", serve.serve), ("web", serve.web)):
        command = _add(commands, name, run)
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, default=port)
        command.add_argument("--threads", type=int, default=8)
        command.add_argument("--workers", type=int, default=0, help="default: 1 in demo, 2 in production")
    _add(commands, "scheduler", operate.run_scheduler)
    _add(commands, "sweep", operate.sweep, as_json=True).add_argument("--at", help="an instant, ISO 8601")
    database = _group(commands, "db", "the schema")
    _add(database, "upgrade", operate.db_upgrade)
    _add(database, "check", operate.db_check)
    _content(commands)
    staff = _add(_group(commands, "staff", "staff accounts"), "create", operate.create_staff)
    staff.add_argument("--role", required=True, choices=STAFF_ROLES)
    _add(_group(commands, "bank", "the bank"), "inquire", operate.inquire)
    entered = _add(_group(commands, "register", "who holds a certificate"), "import", operate.import_register)
    entered.add_argument("file")
    entered.add_argument("--programme", default="ddta")
    _add(commands, "doctor", operate.doctor, as_json=True)
    _add(commands, "backup", operate.backup).add_argument("file")
    _add(commands, "restore", operate.restore).add_argument("file")
    return root


def _content(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    authored = _group(commands, "content", "lessons, terms and texts")
    for name, run in (
        ("check", content.check_content),
        ("build", content.build_content),
    ):
        _add(authored, name, run)
    _add(authored, "import", content.import_content).add_argument("--over", **_OVER)
    export = _add(authored, "export", content.export_content)
    export.add_argument("--to", metavar="DIR", help="below this folder, not in the files of the installation")
    export.add_argument("--over", **_OVER)
    bank = _group(commands, "questions", "the question bank")
    _add(bank, "check", content.check_questions)
    taken = _add(bank, "import", content.import_questions)
    taken.add_argument("file", nargs="?", help="a file of another program; without one, the bank itself is published")
    taken.add_argument("--over", **_OVER)
    _exchanged(taken, sorted(exchange.READERS))
    taken.add_argument("--lesson", default="", help="a lesson or slide (prim#taban) for questions that name none")
    taken.add_argument("--difficulty", type=int, choices=(1, 2, 3), default=1)
    taken.add_argument(
        "--document", help="the source of questions that name none: a key of content/tariffs/sources.yaml"
    )
    taken.add_argument("--place", help="where in that document")
    _add(bank, "stats", exchange.item_statistics, as_json=True)
    written = _add(bank, "export", exchange.export_file)
    written.add_argument("file", nargs="?", help="default: standard output")
    _exchanged(written, exchange.WRITERS)
    tariffs = _group(commands, "tariff", "the insurance tariff")
    _add(tariffs, "list", tariff.show_list, as_json=True)
    _add(tariffs, "show", tariff.show).add_argument("version")
    quote = _add(tariffs, "quote", tariff.quote, as_json=True)
    quote.add_argument("--turnover", type=int, required=True, help="lira from sales on credit")
    quote.add_argument("--days", type=int, required=True)
    quote.add_argument("--on", type=_day, required=True, help="a day, 2021-06-01")
    quote.add_argument("--buyers", type=_count, default=1, help="buyers to be queried (default 1)")
    quote.add_argument("--instalments", type=int, help="how many after the down payment (default: the most)")


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2021-06-01") from None


def _exchanged(command: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    command.add_argument("--format", choices=formats, default="moodle")
    command.add_argument("--topic")
    command.add_argument("--programme", default="ddta")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is told on stderr in one sentence."""
    try:
        args = parser(Config.from_env().port).parse_args(argv)
        return int(args.run(args))
    except DomainError as error:
        print(f"lms: {sentence(error.code, error.params, 'en')}", file=sys.stderr)
        return 1
    except BrokenSource as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"lms: the database refused: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    except (ConfigError, OSError, ValueError) as error:
        print(f"lms: {error}", file=sys.stderr)
        return 2
