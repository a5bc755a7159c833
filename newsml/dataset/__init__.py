"""Posts -> labelled examples -> splits and ``datasets.Dataset``."""

from newsml.dataset.cache import cache_folder, load_dataset
from newsml.dataset.check import Finding, check_posts
from newsml.dataset.examples import ExampleCounts, build_examples, to_dataset
from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.dataset.split import split_examples, stratify

__all__ = [
    "ExampleCounts",
    "Finding",
    "build_examples",
    "cache_folder",
    "check_posts",
    "group_near_duplicates",
    "load_dataset",
    "split_examples",
    "stratify",
    "to_dataset",
]
