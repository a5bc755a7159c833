"""Posts with a reference summary or highlights -> what a salience model learns from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from newsml.dataset.split import stratified_indices
from newsml.domain import Example, Post, Span, Unusable
from newsml.metrics.rouge import rouge_scores
from newsml.text import char_ngrams, split_clauses, split_sentences

MAX_HEADLINE = 60
"""Characters up to which a reference summary is a headline; a longer one teaches whole sentences only."""

MAX_CLAUSES = 5
MAX_SENTENCES = 6
POOL = 40  # pieces of a long text, those that share most with the reference, among which an oracle chooses
_MARKS = "，,；;：:、。！？!?… \u3000\n"


@dataclass(frozen=True, slots=True)
class SalienceExample:
    """A text and what an editor made of it, in clauses and sentences.

    Attributes:
        id: of the post.
        text: the body alone, since its title may be the gold.
        clauses: of the text.
        sentences: of the text.
        headline: indices of the clauses that together are nearest to the reference; None without one.
        kept: characters of those clauses that stand in the reference, ascending.
        brief: indices of the sentences that together are nearest to the reference; None without one.
        marked: the spans that an editor set in bold.
        reference: the summary or headline; empty without one.
        bold: first and last clause of the longest of them; None where it holds no clause.
    """

    id: str
    text: str
    clauses: tuple[Span, ...]
    sentences: tuple[Span, ...]
    headline: tuple[int, ...] | None = None
    kept: tuple[int, ...] = ()
    brief: tuple[int, ...] | None = None
    marked: tuple[Span, ...] = ()
    bold: Span | None = None
    reference: str = ""


def build_salience_examples(
    posts: Iterable[Post | Unusable], on_unusable: Callable[[Unusable], None] = lambda _: None
) -> list[SalienceExample]:
    """Turn posts into examples; those without gold are left out.

    The reference is the post's ``summary`` or, where it has neither summary nor highlights, the title
    that its editor gave it.

    Args:
        posts: as ``read_posts`` yields them.
        on_unusable: called for each input that could not be read.
    """
    examples = []
    for post in posts:
        if isinstance(post, Unusable):
            on_unusable(post)
        elif example := _example(post):
            examples.append(example)
    return examples


def split_salience_examples(
    examples: Sequence[SalienceExample], *, validation_share: float, seed: int, near_duplicate: float = 0.8
) -> tuple[list[SalienceExample], list[SalienceExample]]:
    """Split examples into train and validation parts, near-duplicates on one side; see `stratify`.

    Args:
        examples: of any kinds of gold, each of which both parts receive.
        validation_share: share of the examples for validation, 0 to 1 exclusive.
        seed: of the order.
        near_duplicate: Jaccard similarity from which two texts stay on one side.
    """
    kinds = [("highlights" if e.marked else "brief" if e.headline is None else "headline",) for e in examples]
    places = [Example(str(i), e.text, kinds[i]) for i, e in enumerate(examples)]
    shares = (1 - validation_share, validation_share)
    train, validation = stratified_indices(places, shares, seed=seed, near_duplicate=near_duplicate)
    return [examples[i] for i in train], [examples[i] for i in validation]


def _example(post: Post) -> SalienceExample | None:
    text = post.text
    reference = post.summary or ("" if post.highlights or post.title in text else post.title)
    if not (reference or post.highlights):
        return None
    clauses = [(clause.start, clause.end) for clause in split_clauses(text)]
    sentences = [(sentence.start, sentence.end) for sentence in split_sentences(text)]
    headline, kept, brief = None, [], None
    if reference:
        brief = choose_oracle(text, sentences, reference, MAX_SENTENCES)
        if len(reference) <= MAX_HEADLINE:
            bare = [bare_clause(text, span) for span in clauses]
            headline = choose_oracle(text, bare, reference, MAX_CLAUSES)
            kept = matched(text, [bare[i] for i in headline], reference)
    return SalienceExample(
        post.id,
        text,
        tuple(clauses),
        tuple(sentences),
        None if headline is None else tuple(headline),
        tuple(kept),
        None if brief is None else tuple(brief),
        post.highlights,
        _bold(clauses, post.highlights),
        reference,
    )


def bare_clause(text: str, span: Span) -> Span:
    """Return a clause without the marks and white space at its end, as a headline has it."""
    return span[0], span[0] + len(text[slice(*span)].rstrip(_MARKS))


def choose_oracle(text: str, spans: Sequence[Span], reference: str, most: int) -> list[int]:
    """Return the indices of the pieces that together score best against a reference, ascending.

    Greedy by the mean of ROUGE-1, -2 and -L: the piece that adds most comes next, and one that others have
    made superfluous goes.

    Args:
        text: the text.
        spans: its pieces, in order.
        reference: the summary.
        most: number of pieces at most.

    Source: Nallapati, Zhai, Zhou 2017, "SummaRuNNer" (greedy oracle labels).
    """

    def score(indices: Iterable[int]) -> float:
        return rouge_scores(reference, "".join(text[slice(*spans[i])] for i in sorted(indices))).mean

    pool = _nearest(text, spans, reference)
    chosen: list[int] = []
    best = 0.0
    while len(chosen) < most and len(chosen) < len(pool):
        gain, least = max((score([*chosen, i]), -i) for i in pool if i not in chosen)
        if gain <= best:
            break
        best, chosen = gain, [*chosen, -least]
        for i in chosen[:-1]:
            if (shorter := score(rest := [j for j in chosen if j != i])) > best:
                best, chosen = shorter, rest
    return sorted(chosen)


def _nearest(text: str, spans: Sequence[Span], reference: str) -> list[int]:
    """Return the pieces worth trying: all, or those of a long text that share most with the reference."""
    if len(spans) <= POOL:
        return list(range(len(spans)))
    wanted = set(char_ngrams(reference))

    def nearness(i: int) -> float:
        grams = char_ngrams(text[slice(*spans[i])])
        return sum(gram in wanted for gram in grams) / (len(grams) + 8)  # a long piece shares by chance

    return sorted(sorted(range(len(spans)), key=lambda i: (-nearness(i), i))[:POOL])


def matched(text: str, spans: Sequence[Span], reference: str) -> list[int]:
    """Return which characters of spans a longest common subsequence with a reference pairs, ascending."""
    places = [i for span in spans for i in range(*span)]
    n, m = len(places), len(reference)
    longest = [[0] * (m + 1) for _ in range(n + 1)]  # of the rests from here on
    for i in range(n - 1, -1, -1):
        row, below = longest[i], longest[i + 1]
        char = text[places[i]]
        for j in range(m - 1, -1, -1):
            row[j] = below[j + 1] + 1 if char == reference[j] else max(below[j], row[j + 1])
    found: list[int] = []
    i = j = 0
    while i < n and j < m:
        if text[places[i]] == reference[j]:
            found.append(places[i])
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _bold(clauses: Sequence[Span], marked: Sequence[Span]) -> Span | None:
    """Return the first and last clause at least half of which lie in the longest marked span."""
    if not marked:
        return None
    start, end = max(marked, key=lambda span: span[1] - span[0])
    inside = [i for i, (a, b) in enumerate(clauses) if 2 * (min(end, b) - max(start, a)) >= b - a]
    return (inside[0], inside[-1]) if inside else None
