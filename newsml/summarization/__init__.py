"""Extractive summaries: one algorithm a file, one selector."""

from newsml.summarization.summarizer import (
    METHODS,
    STYLES,
    Summarizer,
    check_style,
    choose_method,
    embedded,
    extract,
    summarize,
)

__all__ = [
    "METHODS",
    "STYLES",
    "Summarizer",
    "check_style",
    "choose_method",
    "embedded",
    "extract",
    "summarize",
]
