"""The `lms` command."""

import argparse
import sys
from collections.abc import Callable, Sequence

from flask_migrate import check, upgrade

from lms.app import create_app
from lms.core.config import ConfigError


def db_upgrade(_args: argparse.Namespace) -> int:
    """Bring the database to the newest schema."""
    with create_app().app_context():
        upgrade()
    return 0


def db_check(_args: argparse.Namespace) -> int:
    """Whether the models and the migrations agree."""
    with create_app().app_context():
        check()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lms", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    database = commands.add_parser("db", help="the schema").add_subparsers(required=True)
    _add(database, "upgrade", db_upgrade)
    _add(database, "check", db_check)
    return parser


def _add(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=(run.__doc__ or "").strip().split("\n")[0])
    parser.set_defaults(run=run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors go to stderr in one sentence."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except ConfigError as error:
        print(f"lms: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
