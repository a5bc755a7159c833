"""What the command line costs over a bare Python, side by side in one run.

    python scripts/bench_startup.py [--runs 7]

Prints the median seconds of `python -c pass`, `newsml --help` and `newsml classify one.md`, and what the
last two cost on top of the first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def seconds(command: list[str]) -> float:
    """Run a command to its end and return how long it took."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ))
    return time.perf_counter() - begun


def main() -> None:
    """Time the commands in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        post = Path(folder, "one.md")
        post.write_bytes(sorted((ROOT / "newsml" / "samples").glob("*.md"))[0].read_bytes())
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "newsml --help": [sys.executable, "-m", "newsml", "--help"],
            "newsml classify one.md": [sys.executable, "-m", "newsml", "classify", str(post)],
        }
        for command in commands.values():  # warm the disk
            seconds(command)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                times[name].append(seconds(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["python -c pass"]
    for name, median in medians.items():
        print(f"{name:<24} {median:6.3f} s   +{median - base:.3f} s   {median / base:6.1f} x")


if __name__ == "__main__":
    main()
