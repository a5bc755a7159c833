"""Faults of extracts, and the links between the parts of a text from which they follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from newsml.domain import Span

FaultKind = Literal["number", "negation", "quote", "pronoun", "subject", "opening", "denial"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something an extract tells wrongly.

    Attributes:
        kind: see ``newsml.summarization.integrity``.
        start: of the amount, the negation, the verb of saying, the word that leans on what is left out,
            the clause that leads on to it, or the words that deny.
        end: code point after it.
    """

    kind: FaultKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """Whoever takes any of the `scope` must take some of what it `needs`."""

    fault: Fault
    scope: Span
    needs: Span
