"""The command line: one file a command; alone in printing and exiting."""

from newsml.cli.app import app, main

__all__ = ["app", "main"]
