"""``python -m newsml`` and the console script."""

from __future__ import annotations

from newsml.cli import main

if __name__ == "__main__":
    main()
