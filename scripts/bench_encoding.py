"""How often the encoding of a piece of Chinese text is told, by newsml and by charset-normalizer.

    python scripts/bench_encoding.py POSTS [--count 300]

Pieces of 10 to 1000 characters are cut from the posts, encoded and decoded again; right is what comes back
as it was. Big5 takes texts in traditional characters: those of the posts, converted by OpenCC.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable

from charset_normalizer import from_bytes
from opencc import OpenCC

from newsml.domain import Post
from newsml.errors import InputError
from newsml.posts import read_posts
from newsml.posts.encoding import decode

LENGTHS = (10, 30, 100, 1000)
ENCODINGS = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
MARKUP = '<div class="article"><p style="margin: 0 auto; text-align: left">' * 50


def by_newsml(data: bytes) -> str:
    """Decode as the reader does."""
    try:
        return decode(data).text
    except InputError:
        return ""


def by_charset_normalizer(data: bytes) -> str:
    """Decode by the best guess of charset-normalizer."""
    return str(from_bytes(data).best() or "")


def pieces(texts: list[str], length: int, count: int, encoding: str, rng: random.Random) -> list[str]:
    """Return pieces of text that the encoding can hold and that are not all ASCII."""
    found: list[str] = []
    while len(found) < count:
        text = rng.choice(texts)
        start = rng.randrange(max(len(text) - length, 0) + 1)
        piece = text[start : start + length].strip()
        if len(piece) > 0.8 * length and not piece.isascii():
            # A few characters that Big5 lacks are left out of longer pieces.
            found.append(piece.encode(encoding, "ignore").decode(encoding))
    return found


def main() -> None:
    """Print the share of pieces that come back as they were."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("posts")
    parser.add_argument("--count", type=int, default=300)
    given = parser.parse_args()
    texts = [post.text for post in read_posts(given.posts) if isinstance(post, Post)]
    convert = OpenCC("s2t").convert
    traditional = [convert(text) for text in texts[:1000]]
    rng = random.Random(1)
    ways: dict[str, Callable[[bytes], str]] = {
        "newsml": by_newsml,
        "charset-normalizer": by_charset_normalizer,
    }
    seconds = dict.fromkeys(ways, 0.0)
    print("| encoding | characters | " + " | ".join(ways) + " |\n|---|---|---|---|")
    for encoding in ENCODINGS:
        for prefix, length in [*(("", n) for n in LENGTHS), (MARKUP, 30)]:
            kept = traditional if encoding == "big5hkscs" else texts
            kept = ["".join(kept[i : i + 30]) for i in range(0, len(kept), 30)] if length > 100 else kept
            samples = pieces(kept, length, given.count, encoding, rng)
            right = dict.fromkeys(ways, 0)
            for way, read in ways.items():
                start = time.perf_counter()
                right[way] = sum(read((prefix + s).encode(encoding)) == prefix + s for s in samples)
                seconds[way] += time.perf_counter() - start
            shares = " | ".join(f"{100 * n / len(samples):.1f}" for n in right.values())
            print(f"| {encoding} | {length}{' after markup' if prefix else ''} | {shares} |", flush=True)
    print(f"\ncharset-normalizer takes {seconds['charset-normalizer'] / seconds['newsml']:.0f} times as long")


if __name__ == "__main__":
    main()
