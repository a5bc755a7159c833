"""newsml: classify, summarise and digest Chinese financial news.

    import newsml

    model = newsml.load_model()                       # the embedded model, offline
    predictions = model.predict(["央行下调存款准备金率0.5个百分点。"])
    summary = newsml.summarize("……", sentences=1)      # exact spans of the text
    for post in newsml.read_posts("archive/"):        # a Post, or an Unusable that says what is wrong
        ...

The names below are the public API; everything else may change between versions.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsml.dataset import build_examples, load_dataset, split_examples, to_dataset
    from newsml.domain import Example, Post, Prediction, Sentence, Summary, Unusable
    from newsml.errors import NewsmlError
    from newsml.evaluate.classification import evaluate_classifier
    from newsml.evaluate.summarization import evaluate_summaries
    from newsml.labels import LabelScheme
    from newsml.learn import train
    from newsml.model.classifier import Classifier, load_model
    from newsml.model.export import export_model
    from newsml.model.scoring import DecisionRule
    from newsml.posts import read_posts
    from newsml.summarization import summarize
    from newsml.summarization.model import SalienceModel, load_summarizer
    from newsml.text import split_clauses, split_sentences

__version__ = "0.1.0"

# Loaded at first use, so that `newsml --help` costs no more than Python.
_HOMES = {
    "Classifier": "newsml.model.classifier",
    "DecisionRule": "newsml.model.scoring",
    "Example": "newsml.domain",
    "LabelScheme": "newsml.labels",
    "NewsmlError": "newsml.errors",
    "Post": "newsml.domain",
    "Prediction": "newsml.domain",
    "SalienceModel": "newsml.summarization.model",
    "Sentence": "newsml.domain",
    "Summary": "newsml.domain",
    "Unusable": "newsml.domain",
    "build_examples": "newsml.dataset",
    "evaluate_classifier": "newsml.evaluate.classification",
    "evaluate_summaries": "newsml.evaluate.summarization",
    "export_model": "newsml.model.export",
    "load_dataset": "newsml.dataset",
    "load_model": "newsml.model.classifier",
    "load_summarizer": "newsml.summarization.model",
    "read_posts": "newsml.posts",
    "split_clauses": "newsml.text",
    "split_examples": "newsml.dataset",
    "split_sentences": "newsml.text",
    "summarize": "newsml.summarization",
    "to_dataset": "newsml.dataset",
    "train": "newsml.learn",
}

__all__ = [
    "Classifier",
    "DecisionRule",
    "Example",
    "LabelScheme",
    "NewsmlError",
    "Post",
    "Prediction",
    "SalienceModel",
    "Sentence",
    "Summary",
    "Unusable",
    "__version__",
    "build_examples",
    "evaluate_classifier",
    "evaluate_summaries",
    "export_model",
    "load_dataset",
    "load_model",
    "load_summarizer",
    "read_posts",
    "split_clauses",
    "split_examples",
    "split_sentences",
    "summarize",
    "to_dataset",
    "train",
]


if not TYPE_CHECKING:  # to a type checker it would make a name of every slip of the pen

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'newsml' has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
