"""Time the embedded classifier beside what a user has today: a transformers pipeline.

    python scripts/bench_throughput.py FINNL [--count 400] [--runs 3]

The pipeline is a text-classification pipeline on a float32 BERT of the same encoder (layers, width and
weights), with batches of 1 and of 32, its texts as they come. Both run in this process, one after the other
in each run, with all cores; loading is not counted. Prints documents a second and their ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, pipeline

from newsml.domain import Post
from newsml.model.classifier import load_model
from newsml.model.layout import Layout, embedded_folder
from newsml.posts import read_posts


def build_pipeline(folder: Path) -> Callable[[list[str], int], object]:
    """Return a pipeline on the embedded encoder, in float32, with a head for its labels."""
    source = Layout(embedded_folder())
    config = json.loads(source.encoder_config.read_text(encoding="utf-8"))
    labels = len(load_model().labels)
    model = BertForSequenceClassification(BertConfig(**config, num_labels=labels))
    weights = {f"bert.{key}": value.float() for key, value in load_file(source.encoder).items()}
    model.load_state_dict(weights, strict=False)
    model.save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(embedded_folder())
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    return lambda texts, size: classify(
        texts, batch_size=size, top_k=None, function_to_apply="sigmoid", truncation=True, max_length=256
    )


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", help="posts")
    parser.add_argument("--count", type=int, default=400, help="texts, every so manieth of the posts")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the median counts")
    options = parser.parse_args()
    posts = [post.model_input for post in read_posts(options.data) if isinstance(post, Post)]
    if not posts:
        raise SystemExit(f"{options.data}: no post that can be read")
    texts = posts[:: max(len(posts) // options.count, 1)][: options.count]
    model = load_model()
    with tempfile.TemporaryDirectory() as folder:
        classify = build_pipeline(Path(folder))
        rivals: dict[str, Callable[[], object]] = {
            "newsml": lambda: model.predict(texts, batch_size=32),
            "pipeline, batch 1": lambda: classify(texts, 1),
            "pipeline, batch 32": lambda: classify(texts, 32),
        }
        for work in rivals.values():
            work()  # warm up
        times = {name: [seconds(work) for _ in range(options.runs)] for name, work in rivals.items()}
    rates = {name: len(texts) / statistics.median(values) for name, values in times.items()}
    for name, rate in rates.items():
        print(f"{name:20} {rate:8.1f} documents a second")
    best = max(rate for name, rate in rates.items() if name != "newsml")
    print(f"newsml is {rates['newsml'] / best:.2f} times as fast as the better pipeline")


if __name__ == "__main__":
    main()
