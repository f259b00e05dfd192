"""``python -m lms.cli``: the same as the ``lms`` command."""

from lms.cli.main import main

raise SystemExit(main())
