"""The command line: the library's verbs, in the style of Terraform.

Exit codes: 0 done, 1 an error, 2 where ``plan --detailed-exitcode`` or ``drift`` found changes,
and 130 after Ctrl-C.
"""

import logging
import sys
from collections.abc import Sequence

from tracing_lab.errors import TracingLabError

from .parser import make_parser
from .settings import with_switches

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130  # as in shells: 128 plus the number of the signal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Without the program's name; None takes the process's own.

    Returns
    -------
    exit_code
        The exit code of the process.
    """
    words = sys.argv[1:] if arguments is None else arguments
    options = make_parser().parse_args(with_switches(words))
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        code: int = options.run(options)
    except TracingLabError as error:
        sys.stderr.write(f"Error: {error}\n")
        return EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else EXIT_ERROR
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was done stays; run the command again to go on.\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has closed the pipe
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.filename is None:  # not about a file: a bug
            raise
        msg = f"{error.filename}: {error.strerror}. Correct that or choose another place."
        sys.stderr.write(f"Error: {msg}\n")
        return EXIT_ERROR
    return code
