"""The program ``kinecho``, as at the command line."""

import os
import signal
import sys


def main() -> None:
    """Run the program with the arguments of this process and end with its exit code."""
    from ._native import program

    # Ctrl-C ends the program at once, as one that is not in Python; so does a reader that hangs up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = program(["kinecho", *sys.argv[1:]])
    sys.stdout.flush()
    # Threads of the program are not waited for.
    os._exit(code)


if __name__ == "__main__":
    main()
