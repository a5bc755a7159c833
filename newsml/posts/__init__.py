"""Posts: front matter, HTML and JSONL in, ``Post`` out."""

from newsml.posts.parse import parse_post
from newsml.posts.read import read_entries, read_posts
from newsml.posts.sources import Source, find_sources
from newsml.posts.write import open_records

__all__ = ["Source", "find_sources", "open_records", "parse_post", "read_entries", "read_posts"]
