"""Predictions and summaries against gold: scores, intervals, worst cases, plots."""
