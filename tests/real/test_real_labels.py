"""A split of real posts, checked pair by pair; a local copy that NEWSML_TEST_DATA names."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from newsml.config import load_config
from newsml.dataset import build_examples, stratify
from newsml.dataset.leak import find_copies
from newsml.dataset.near_duplicates import shingles
from newsml.posts import read_posts

DATA = Path(os.environ.get("NEWSML_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
SHARES = (0.8, 0.1, 0.1)
THRESHOLD = 0.8
SUPPORT = 50  # posts from which the share of a label is held

pytestmark = pytest.mark.skipif(
    not (DATA / "finnl").is_dir(), reason=f"no real posts in {DATA}; NEWSML_TEST_DATA names their folder"
)


@pytest.fixture(scope="module")
def parts():
    examples = build_examples(read_posts(DATA / "finnl"), load_config("topics").labels.scheme())
    copies = set(find_copies([e.text for e in examples]))
    return stratify([e for i, e in enumerate(examples) if i not in copies], SHARES, seed=13)


def test_no_pair_is_near_across_the_parts(parts) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    grams = [shingles(e.text) for part in parts for e in part]
    number = {gram: i for i, gram in enumerate(sorted(set().union(*grams)))}
    rows = np.repeat(np.arange(len(grams)), [len(g) for g in grams])
    columns = np.array([number[gram] for row in grams for gram in row])
    matrix = sparse.csr_matrix((np.ones(len(rows), np.int32), (rows, columns)))
    sizes = np.array([len(g) for g in grams])
    sides = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    near = across = 0
    for at in range(0, len(grams), 500):
        shared = (matrix[at : at + 500] @ matrix.T).toarray()
        together = sizes[at : at + 500, None] + sizes[None] - shared
        found = shared >= THRESHOLD * together - 1e-9
        near += int(found.sum())
        across += int((found & (sides[at : at + 500, None] != sides[None])).sum())
    assert near > len(grams)  # there are near-duplicates besides each text with itself
    assert across == 0


def test_labels_have_the_shares_of_the_whole(parts) -> None:
    whole = Counter(label for part in parts for e in part for label in e.labels)
    n = sum(map(len, parts))
    for part, share in zip(parts, SHARES, strict=True):
        assert len(part) == pytest.approx(share * n, abs=0.01 * n)
        counts = Counter(label for e in part for label in e.labels)
        for label, count in whole.items():
            if count >= SUPPORT:
                assert counts[label] / len(part) == pytest.approx(count / n, abs=0.01), label
