"""Summaries of newsml beside sumy, snownlp and TextRank4ZH: score and speed on the same texts, equal budgets.

    python3 -m venv RIVALS      # no part of newsml's extras
    RIVALS/bin/pip install sumy jieba numpy scipy snownlp textrank4zh 'networkx<3'
    python scripts/bench_summarizers.py --rival-python RIVALS/bin/python --limit 200
        --pairs FILE.jsonl --highlights FILE.jsonl --reports FILE.jsonl

`--pairs` are texts with a summary, told in one sentence; `--highlights` texts with gold spans, marked by one
sentence; `--reports` long texts with a summary, told in whole sentences of at most 80 characters together
(the best that fit; the beginning of the best one where none does). Each score is the mean over the texts of
the mean of ROUGE-1, -2 and -L, or of the character F1 of highlights, with its 95 % bootstrap interval. The
speed is texts a second of CPU time, models and dictionaries loaded before. TextRank4ZH calls a function that
networkx 3 has no more. A rival's sentences are those of its own splitter; snownlp's are clauses.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from newsml.domain import Post, Span, Summary
from newsml.evaluate.summarization import evaluate_summaries, has_gold
from newsml.posts import read_posts
from newsml.summarization import METHODS, Summarizer, extract
from newsml.summarization.random import Random

SEED = 13
BUDGETS: dict[str, dict[str, int]] = {
    "pairs": {"sentences": 1},
    "highlights": {"sentences": 1},
    "reports": {"max_chars": 80},
}
RIVALS = ("sumy LexRank", "sumy TextRank", "sumy LSA", "snownlp", "TextRank4ZH")

# Reads a line of JSON for each text, and prints one with the chosen sentences; seconds of CPU on stderr.
RIVAL = r"""
import json, logging, sys, time

def sumy(module, name):
    import importlib, jieba
    from sumy.nlp.tokenizers import Tokenizer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.utils import get_stop_words
    jieba.setLogLevel(logging.ERROR)
    summarizer = getattr(importlib.import_module(f"sumy.summarizers.{module}"), name)()
    summarizer.stop_words = get_stop_words("chinese")
    tokenizer = Tokenizer("chinese")
    def rank(text):
        ranked = []  # sumy lets a function of the sentences, best first, choose
        summarizer(PlaintextParser.from_string(text, tokenizer).document, lambda s: ranked.extend(s) or [])
        return [(info.order, str(info.sentence)) for info in ranked]
    return rank

def snownlp():
    from snownlp import SnowNLP
    def rank(text):
        document = SnowNLP(text)
        places = {}
        for place, sentence in enumerate(document.sentences):
            places.setdefault(sentence, place)
        return [(places[sentence], sentence) for sentence in dict.fromkeys(document.summary(10**6))]
    return rank

def textrank4zh():
    import jieba
    jieba.setLogLevel(logging.ERROR)
    from textrank4zh import TextRank4Sentence
    summarizer = TextRank4Sentence()
    def rank(text):
        summarizer.analyze(text=text, lower=True, source="all_filters")
        return [(item.index, item.sentence) for item in summarizer.get_key_sentences(10**6, 1)]
    return rank

def choose(ranked, sentences=None, max_chars=None):
    if sentences:
        return [sentence for _, sentence in sorted(ranked[:sentences])]
    chosen, left = [], max_chars
    for place, sentence in ranked:
        if len(sentence) <= left:
            chosen.append((place, sentence))
            left -= len(sentence)
    return [sentence for _, sentence in sorted(chosen)] or [s[:max_chars] for _, s in ranked[:1]]

rank = {
    "sumy LexRank": lambda: sumy("lex_rank", "LexRankSummarizer"),
    "sumy TextRank": lambda: sumy("text_rank", "TextRankSummarizer"),
    "sumy LSA": lambda: sumy("lsa", "LsaSummarizer"),
    "snownlp": snownlp,
    "TextRank4ZH": textrank4zh,
}[sys.argv[1]]()
rank("今日股市上涨。债券市场平稳，期货价格下跌。")
budget = json.loads(sys.argv[2])
lines = [json.loads(line) for line in sys.stdin]
begun = time.process_time()
chosen = [choose(rank(text), **budget) for text in lines]
print(json.dumps({"seconds": time.process_time() - begun, "chosen": chosen}))
"""


@dataclass(frozen=True)
class Row:
    """A line of the table: the score with its interval, texts a second, and what went wrong."""

    method: str
    score: float
    ci95: tuple[float, float]
    speed: float
    note: str = ""

    def __str__(self) -> str:
        low, high = self.ci95
        return f"{self.method:<18} {self.score:6.2f} [{low:.2f}, {high:.2f}] {self.speed:9.1f}/s  {self.note}"


def read_texts(path: Path, limit: int) -> list[Post]:
    """Return so many posts with gold, drawn by chance; 0 for all."""
    posts = [post for post in read_posts(path) if isinstance(post, Post) and has_gold(post)]
    if limit and limit < len(posts):
        posts = random.Random(SEED).sample(posts, limit)
    return posts


def score(
    method: str,
    posts: Sequence[Post],
    summarize: Callable[[str], Summary],
    seconds: float = 0,
    note: str = "",
) -> Row:
    """Score what summarises; it is timed unless its seconds are known."""
    begun = time.process_time()
    summaries = {post.text: summarize(post.text) for post in posts}
    seconds = seconds or time.process_time() - begun
    result = evaluate_summaries(posts, lambda texts: [summaries[text] for text in texts])
    scores = {s.name: s for s in result.scores}
    found = scores.get("rouge_mean") or scores["highlight_f1"]
    return Row(method, found.value, found.ci95 or (np.nan, np.nan), len(posts) / max(seconds, 1e-9), note)


def run_rival(python: str, method: str, posts: Sequence[Post], budget: dict[str, int]) -> Row | str:
    """Return a rival's row, or why it has none."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        file.writelines(json.dumps(post.text) + "\n" for post in posts)
        file.seek(0)
        command = [python, "-W", "ignore", "-c", RIVAL, method, json.dumps(budget)]
        done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{method:<18} does not run: {(done.stderr.splitlines() or ['?'])[-1]}"
    answer = json.loads(done.stdout.splitlines()[-1])
    chosen = dict(zip((post.text for post in posts), answer["chosen"], strict=True))
    spans = {text: find_pieces(text, pieces) for text, pieces in chosen.items()}
    empty = sum(not pieces for pieces in chosen.values())
    lost = sum(len(pieces) for pieces in chosen.values()) - sum(map(len, spans.values()))
    faults = [f"{n} {what}" for n, what in ((empty, "without a summary"), (lost, "sentences not found")) if n]

    def summarize(text: str) -> Summary:
        return Summary(tuple(spans[text]), "".join(chosen[text]), method=method)

    return score(method, posts, summarize, answer["seconds"], ", ".join(faults))


def find_pieces(text: str, pieces: Sequence[str]) -> list[Span]:
    """Return the places of pieces of a text, in order, without those that a rival has altered."""
    spans, at = [], 0
    for piece in pieces:
        start = text.find(piece, at)
        if start >= 0:
            at = start + len(piece)
            spans.append((start, at))
    return spans


def bench(name: str, posts: Sequence[Post], python: str) -> None:
    """Print the table of one set."""
    budget = BUDGETS[name]
    told = ", ".join(f"{key} {value}" for key, value in budget.items())
    print(
        f"\n{name}: {len(posts)} texts, {told}, {sum(len(p.text) for p in posts) / len(posts):.0f} characters"
    )
    if "max_chars" in budget:
        end = budget["max_chars"]
        cut = lambda text: Summary.from_spans(text, [(0, min(end, len(text)))], method="cut")  # noqa: E731
        print(score(f"first {end} characters", posts, cut), flush=True)
    for method, make in {**METHODS, "random": Random}.items():
        summarizer = make()

        def summarize(text: str, summarizer: Summarizer = summarizer, method: str = method) -> Summary:
            return extract(text, summarizer, method=method, **budget)

        summarize(posts[0].text)  # as the rivals: once before the clock
        print(score(method, posts, summarize), flush=True)
    for method in RIVALS:
        print(run_rival(python, method, posts, budget), flush=True)


def main() -> None:
    """Read the sets and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in BUDGETS:
        parser.add_argument(f"--{name}", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--limit", type=int, default=0, help="texts of each set, drawn by chance; 0 for all")
    parser.add_argument("--rival-python", default=sys.executable)
    options = parser.parse_args()
    for name in BUDGETS:
        if path := getattr(options, name):
            bench(name, read_texts(path, options.limit), options.rival_python)


if __name__ == "__main__":
    main()
