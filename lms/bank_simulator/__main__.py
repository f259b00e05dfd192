"""`python -m lms.bank_simulator PORT`: the simulated bank as one process that holds nothing open when it is told to end."""

import logging
import sys

from werkzeug.serving import make_server

from lms.bank_simulator.app import create_app


def main() -> None:
    """Serve until killed."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    make_server("127.0.0.1", int(sys.argv[1]), create_app(), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
