"""Posts: front matter, HTML and JSONL in, ``Post`` out."""

from newsml.posts.parse import parse_post
from newsml.posts.read import Source, find_sources, read_posts

__all__ = ["Source", "find_sources", "parse_post", "read_posts"]
