"""Posts -> labelled examples -> splits and ``datasets.Dataset``."""

from newsml.dataset.examples import ExampleCounts, apply_support, build_examples, relabel, to_dataset
from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.dataset.split import split_examples, stratify

__all__ = [
    "ExampleCounts",
    "apply_support",
    "build_examples",
    "group_near_duplicates",
    "relabel",
    "split_examples",
    "stratify",
    "to_dataset",
]
