"""Posts -> stories -> a ranked digest, as Markdown, HTML or JSON."""

from newsml.digest.build import Digest, Section, build_digest
from newsml.digest.config import DigestConfig, load_digest_config
from newsml.digest.html import render_html
from newsml.digest.lines import write_lines
from newsml.digest.markdown import render_markdown
from newsml.digest.record import render_json
from newsml.digest.stories import group_stories

__all__ = [
    "Digest",
    "DigestConfig",
    "Section",
    "build_digest",
    "group_stories",
    "load_digest_config",
    "render_html",
    "render_json",
    "render_markdown",
    "write_lines",
]
