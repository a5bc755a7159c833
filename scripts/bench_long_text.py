"""Time and peak memory of `newsml summarize` on one very long text.

    python scripts/bench_long_text.py [--chars 1000000] [--methods lead textrank centroid]

Makes a text of sentences and paragraphs, one of a single sentence, and one of emoji, and summarises each by
each method and budget in a process of its own. Prints seconds of CPU time (which tells more than the clock
on a busy machine), the peak resident size, and the length of the summary.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_memory import WORDS

from newsml.summarization import METHODS

BUDGETS: tuple[list[str], ...] = ([], ["--max-chars", "80"])

# Runs the command; prints its CPU time and its peak resident size in the unit of the system.
PROBE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def make_texts(chars: int) -> dict[str, str]:
    """Return texts of so many characters by the name of their shape; numbers keep their sentences apart."""
    rng = random.Random(chars)
    pieces, size = [], 0
    while size < chars:
        words = rng.choices(WORDS, k=rng.randint(3, 12))
        pieces.append("".join(words) + f"{rng.randrange(10**4)}亿元" + rng.choice("，，，。。\n"))
        size += len(pieces[-1])
    prose = "".join(pieces)[:chars]
    return {
        "prose": prose,
        "one sentence": prose.translate(dict.fromkeys(map(ord, "，。\n"))).ljust(chars, "涨"),
        "emoji": ("📈📉💰" * chars)[:chars],
    }


def measure(source: Path, output: Path, options: list[str]) -> tuple[float, float, int]:
    """Summarise a file; return seconds of CPU time, the peak in MiB and the characters of the summary."""
    command = [sys.executable, "-m", "newsml", "summarize", str(source), "--output", str(output), "--quiet"]
    probe = [sys.executable, "-c", PROBE, *command, *options]
    seconds, peak = map(
        float, subprocess.run(probe, check=True, capture_output=True, text=True).stdout.split()
    )
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return seconds, peak * unit / 2**20, len(json.loads(output.read_text(encoding="utf-8"))["summary"])


def main() -> None:
    """Summarise every text by every method and budget, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--chars", type=int, default=1_000_000)
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for shape, text in make_texts(options.chars).items():
            source, output = Path(folder, "text.jsonl"), Path(folder, "summary.jsonl")
            source.write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
            print(f"{shape}, {len(text)} characters")
            for method in options.methods:
                for budget in BUDGETS:
                    seconds, peak, length = measure(source, output, ["--method", method, *budget])
                    told = f"{method} {' '.join(budget)}"
                    print(f"  {told:<28} {seconds:6.1f} s {peak:7.1f} MiB {length:6d} characters", flush=True)


if __name__ == "__main__":
    main()
