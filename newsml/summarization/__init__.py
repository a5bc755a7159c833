"""Extractive summaries: one algorithm a file, one selector."""

from newsml.summarization.summarizer import AUTO_METHOD, METHODS, Summarizer, extract, summarize

__all__ = ["AUTO_METHOD", "METHODS", "Summarizer", "extract", "summarize"]
