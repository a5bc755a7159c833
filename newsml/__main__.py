"""``python -m newsml`` and the console script."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line in a process of its own."""
    try:
        from newsml import cli
    except KeyboardInterrupt:  # which the command line tells of itself, once it is there
        sys.exit(130)
    try:
        cli.main()
    finally:
        gc.freeze()  # what is there goes with the process, and need not be looked through before


if __name__ == "__main__":
    main()
