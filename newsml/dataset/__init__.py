"""Posts -> labelled examples -> splits and ``datasets.Dataset``."""

from newsml.dataset.cache import cache_folder, load_dataset
from newsml.dataset.check import Finding, check_posts
from newsml.dataset.examples import ExampleCounts, apply_support, build_examples, relabel, to_dataset
from newsml.dataset.near_duplicates import group_near_duplicates, near_duplicate_pairs
from newsml.dataset.split import split_by_date, split_examples, stratify

__all__ = [
    "ExampleCounts",
    "Finding",
    "apply_support",
    "build_examples",
    "cache_folder",
    "check_posts",
    "group_near_duplicates",
    "load_dataset",
    "near_duplicate_pairs",
    "relabel",
    "split_by_date",
    "split_examples",
    "stratify",
    "to_dataset",
]
