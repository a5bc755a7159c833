"""Read mutated copies of posts: no traceback, no file over 5 seconds, memory bounded.

    python scripts/fuzz_posts.py POSTS [--count 2000] [--seed 1] [--seconds 5] [--megabytes 1500]

Copies are truncated at random bytes, have bits flipped, are re-encoded, nested 10,000 deep, get 50 MB in one
tag, YAML alias bombs, 1 MB on one line. Prints the counts by kind and outcome, the slowest file and the peak
of memory (of the copies, too, that are made here); exit code 1 where a bound is broken.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from newsml.domain import Post
from newsml.posts import read_posts

Mutation = Callable[[bytes, random.Random], bytes]
MARKUP = (
    "<div>",
    "<b>",
    "<ul><li>",
    "<table><tr><td>",
    "<blockquote>",
    "<font size=1>",
    "> ",
    "- ",
    "[",
    "*a ",
)
ENCODINGS = ("gb18030", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-7", "shift_jis")


def truncate(data: bytes, rng: random.Random) -> bytes:
    """Cut at a random byte."""
    return data[: rng.randrange(len(data) + 1)]


def flip(data: bytes, rng: random.Random) -> bytes:
    """Flip bits, one or many."""
    flipped = bytearray(data)
    for _ in range(rng.choice((1, 3, 30, 300))):
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def reencode(data: bytes, rng: random.Random) -> bytes:
    """Write in another encoding."""
    return data.decode().encode(rng.choice(ENCODINGS), "ignore")


def shuffle(data: bytes, rng: random.Random) -> bytes:
    """Put the lines into another order, some twice."""
    lines = data.splitlines(keepends=True)
    return b"".join(rng.choices(lines, k=len(lines)))


def splice(data: bytes, rng: random.Random) -> bytes:
    """Put rubbish in the middle."""
    rubbish = rng.choice(
        (b"\0", b"\xff", b"---\n", b"+++\n", b"<!--", b"<script>", b"'", b'"', b"{{", b"\r", b"&#x")
    )
    place = rng.randrange(len(data))
    return data[:place] + rubbish * rng.choice((1, 2, 1000)) + data[place:]


def nest(data: bytes, rng: random.Random) -> bytes:
    """Nest the body 10,000 deep."""
    tag = rng.choice(MARKUP)
    closing = "".join(f"</{name.split('>')[0].split()[0]}>" for name in reversed(tag.split("<")[1:]))
    return _with_body(data, (tag * 10_000).encode() + b"%s" + (closing * 10_000 * rng.randrange(2)).encode())


def nest_yaml(data: bytes, rng: random.Random) -> bytes:
    """Nest the front matter 10,000 deep."""
    return _with_field(data, rng.choice((b"[", b"{a: ", b"- ", b"? ", b"&a ", b"!!x ")) * 10_000)


def alias_bomb(data: bytes, rng: random.Random) -> bytes:
    """Put lists of lists of aliases into the front matter."""
    levels = [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, rng.randrange(8, 30))]
    field = rng.choice(("categories", "tags", "author", "title", "date"))
    return _with_field(data, "\n".join(["x0: &x0 [a]", *levels, f"{field}: *x{len(levels)}"]).encode())


def long_line(data: bytes, rng: random.Random) -> bytes:
    """Put 1 MB on one line, in the body or the front matter."""
    piece = rng.choice(
        ("涨", "a ", "[", "*a", "`", "<", "&", "|", "\\", "{%", "( ", "http://a", "来源：", "，")
    )
    line = (piece * (2**20 // len(piece.encode()))).encode()
    return _with_field(data, b"long: " + line) if rng.random() < 0.3 else _with_body(data, line + b"\n\n%s")


def huge_tag(data: bytes, rng: random.Random) -> bytes:
    """Put 50 MB into one tag: as its text, as one attribute, as many."""
    size = 50 * 2**20
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: b"<p>" + b"a " * (size // 2) + b"</p>",
        lambda: b"<p>" + "涨".encode() * (size // 3),
        lambda: b"<p a='" + b"x" * size + b"'>",
        lambda: b"<p " + b" ".join(b"a%d" % i for i in range(size // 9)) + b">",
        lambda: b"<b>" * (size // 3),
    )
    return _with_body(data, rng.choice(kinds)() + b"%s")


def _with_field(data: bytes, field: bytes) -> bytes:
    return data.replace(b"---\n", b"---\n" + field + b"\n", 1)


def _with_body(data: bytes, body: bytes) -> bytes:
    head, fence, rest = data.rpartition(b"---\n")
    return head + fence + body.replace(b"%s", rest, 1)


COMMON: tuple[Mutation, ...] = (truncate, flip, reencode, shuffle, splice)
RARE: tuple[Mutation, ...] = (nest, nest_yaml, alias_bomb, long_line)


def mutate(data: bytes, number: int, rng: random.Random) -> tuple[str, bytes]:
    """Return the name of a mutation and the mutated post; one in 200 is huge, one in 4 is a bomb."""
    if number % 200 == 0:
        return "huge_tag", huge_tag(data, rng)
    mutation = rng.choice(RARE if number % 4 == 0 else COMMON)
    return mutation.__name__, mutation(data, rng)


def main() -> None:
    """Read the copies and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("posts", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0, help="of processor time for a file, at most")
    parser.add_argument("--megabytes", type=int, default=1500, help="of memory, at most")
    given = parser.parse_args()
    originals = sorted(path for path in given.posts.rglob("*") if path.suffix in (".md", ".html", ".txt"))
    rng = random.Random(given.seed)
    outcomes: Counter[str] = Counter()
    slowest, failures = (0.0, ""), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.count):
            original = rng.choice(originals)
            name, data = mutate(original.read_bytes(), number, rng)
            path = Path(folder) / f"{number}-{name}{rng.choice((original.suffix, '.html'))}"
            path.write_bytes(data)
            start = time.process_time()
            try:
                (found,) = read_posts(path)
                outcome = "read" if isinstance(found, Post) else f"unusable ({found.code})"
            except Exception:  # noqa: BLE001 - any is a failure here
                outcome = f"FAILED: {traceback.format_exc().splitlines()[-1]}"
            seconds = time.process_time() - start
            if outcome.startswith("FAILED") or seconds > given.seconds:
                failures += 1
                print(f"{path.name}: {outcome}, {seconds:.1f} s", flush=True)
            slowest = max(slowest, (seconds, f"{path.name}, a copy of {original.name}"))
            outcomes[f"{name:12} {outcome}"] += 1
            path.unlink()
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:5}  {outcome}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        2**20 if sys.platform == "darwin" else 2**10
    )
    print(f"slowest: {slowest[0]:.2f} s, {slowest[1]}\npeak of memory: {peak} MB")
    print(f"{failures} failures")
    sys.exit(1 if failures or peak > given.megabytes else 0)


if __name__ == "__main__":
    main()
