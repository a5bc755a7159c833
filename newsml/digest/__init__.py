"""Stories -> a digest, by category."""

from newsml.digest.digest import Digest, Section, build_digest
from newsml.digest.markdown import render_markdown
from newsml.digest.stories import group_stories

__all__ = ["Digest", "Section", "build_digest", "group_stories", "render_markdown"]
