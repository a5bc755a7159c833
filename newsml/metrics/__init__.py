"""Measures of agreement between a text and its reference."""
