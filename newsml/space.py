"""Which characters of a text count: the visible ones tell copies and lengths, letters that it has words."""

from __future__ import annotations


def without_space(text: str) -> str:
    """Return a text without its white space (U+3000 and NBSP included)."""
    return "".join(text.split())


def has_words(text: str) -> bool:
    """Say whether a text has a letter or ideograph: figures, marks and emoji alone tell nothing."""
    return any(map(str.isalpha, text))
