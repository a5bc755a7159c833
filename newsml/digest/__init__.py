"""Stories -> a digest, by category."""

from newsml.digest.digest import Digest, Section, build_digest
from newsml.digest.markdown import render_markdown

__all__ = ["Digest", "Section", "build_digest", "render_markdown"]
