"""Posts -> labelled examples -> splits and ``datasets.Dataset``."""

from newsml.dataset.examples import ExampleCounts, build_examples, to_dataset
from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.dataset.split import split_examples, stratify

__all__ = [
    "ExampleCounts",
    "build_examples",
    "group_near_duplicates",
    "split_examples",
    "stratify",
    "to_dataset",
]
