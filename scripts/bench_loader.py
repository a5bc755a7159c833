"""Speed of `newsml data convert --jobs 1` beside python-frontmatter and BeautifulSoup, on the same files.

    pip install python-frontmatter beautifulsoup4      # for the rival; no part of newsml's extras
    python scripts/bench_loader.py POSTS [--files 4000] [--runs 3] [--rival-python PYTHON]

Makes so many files out of a folder of posts, with other numbers in their bodies, and lets both turn them
into JSONL (title, categories, date, paragraphs of text) in whole processes, in turns, after one run that is
not counted. Both find their modules compiled, as pip leaves those that it installs. Prints the median
seconds on the clock and on the CPU (which tells more on a busy machine), the failures and the ratios.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RIVAL = """
import json, sys
from pathlib import Path

import frontmatter
from bs4 import BeautifulSoup

failures = 0
with open(sys.argv[2], "w", encoding="utf-8") as output:
    for path in sorted(Path(sys.argv[1]).iterdir()):
        try:
            post = frontmatter.load(path)
            soup = BeautifulSoup(post.content, "html.parser")
            for tag in soup(["script", "style"]):
                tag.decompose()
            blocks = soup.find_all(["p", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"]) or [soup]
            record = {
                "id": str(path),
                "title": str(post.get("title", "")),
                "labels": post.get("categories", []),
                "date": str(post.get("date", "")),
                "text": "\\n".join(block.get_text(strip=True) for block in blocks),
            }
            output.write(json.dumps(record, ensure_ascii=False) + "\\n")
        except Exception:
            failures += 1
print(failures)
"""


def write_posts(source: Path, folder: Path, count: int) -> int:
    """Fill the folder with posts and return their size in bytes; the digits in the bodies differ."""
    rng = random.Random(count)
    originals = sorted(path for path in source.rglob("*") if path.suffix in (".md", ".markdown", ".html"))
    size = 0
    for i in range(count):
        original = originals[i % len(originals)]
        head, fence, body = original.read_bytes().rpartition(b"\n---\n")
        body = re.sub(rb"(?<![\x80-\xff])\d", lambda _: str(rng.randrange(10)).encode(), body)
        path = folder / f"{i:06d}-{original.name}"
        size += path.write_bytes(head + fence + body)
    return size


def seconds(
    command: list[str], environment: dict[str, str]
) -> tuple[float, float, subprocess.CompletedProcess[str]]:
    """Run a command to its end; return its seconds on the clock and on the CPU, and what it printed."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    clock, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def main() -> None:
    """Make the files, time both in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("posts", type=Path)
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rival-python", default=sys.executable)
    options = parser.parse_args()
    clocks: dict[str, list[float]] = {"newsml": [], "rival": []}
    cpus: dict[str, list[float]] = {"newsml": [], "rival": []}
    failures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "posts")
        folder.mkdir()
        size = write_posts(options.posts, folder, options.files)
        print(f"{options.files} files, {size / 2**20:.1f} MiB", flush=True)
        ours = ["data", "convert", str(folder), "--jobs", "1", "--quiet", "--output"]
        commands = {
            "newsml": [str(Path(sys.executable).with_name("newsml")), *ours, f"{name}/newsml.jsonl"],
            "rival": [options.rival_python, "-c", RIVAL, str(folder), f"{name}/rival.jsonl"],
        }
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{name}/compiled"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for run in range(options.runs + 1):
            for which, command in commands.items():
                clock, cpu, done = seconds(command, environment)
                if run == 0:
                    continue
                clocks[which].append(clock)
                cpus[which].append(cpu)
                failures[which] = int(done.stdout) if which == "rival" else len(done.stderr.splitlines())
    for which, values in clocks.items():
        spread = " ".join(f"{value:.2f}" for value in values)
        share = failures[which] / options.files
        cpu = statistics.median(cpus[which])
        print(
            f"{which:<8} {statistics.median(values):6.2f} s ({spread})  CPU {cpu:.2f} s  {share:.1%} failed"
        )
    for name, taken in (("clock", clocks), ("CPU", cpus)):
        ratio = statistics.median(taken["rival"]) / statistics.median(taken["newsml"])
        print(f"ratio by {name} {ratio:.2f}")


if __name__ == "__main__":
    main()
