"""Texts as their visible characters, by which copies are known and lengths are counted."""

from __future__ import annotations


def without_space(text: str) -> str:
    """Return a text without its white space (U+3000 and NBSP included)."""
    return "".join(text.split())
