"""The command line: the library's verbs with Terraform's manners.

Exit codes: 0 done, 1 an error, and 2 where ``plan --detailed-exitcode`` or ``drift`` found
changes.
"""

import logging
import sys
from collections.abc import Sequence

from tracing_lab.errors import TracingLabError

from .parser import make_parser

EXIT_ERROR = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Without the program's name; None takes the process's own.

    Returns
    -------
    exit_code
        What the process should end with.
    """
    options = make_parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        code: int = options.run(options)
    except TracingLabError as error:
        sys.stderr.write(f"Error: {error}\n")
        return EXIT_ERROR
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was done stays; run the command again to go on.\n")
        return EXIT_ERROR
    except BrokenPipeError:  # the reader, such as head, has seen enough
        sys.stderr.close()
        return 0
    return code
