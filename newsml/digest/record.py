"""A digest as plain data: everything in it, uncut; docs/digest.schema.json describes it."""

from __future__ import annotations

import json
from typing import Any

from newsml.digest.build import Digest
from newsml.domain import Post, Story

DECIMALS = 4


def render_json(digest: Digest) -> str:
    """Return the digest as JSON, a story a line, the same for the same digest."""
    day = digest.date.isoformat() if digest.date else None
    sections = ",\n".join(
        f'{{"name": {_encode(section.name)}, "stories": [\n'
        + ",\n".join(_encode(_story(story)) for story in section.stories)
        + "\n]}"
        for section in digest.sections
    )
    top = [story.id for story in digest.top]
    return f'{{"date": {_encode(day)},\n"top": {_encode(top)},\n"sections": [{sections}]}}\n'


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _story(story: Story) -> dict[str, Any]:
    headline, weight = story.line.headline, story.weight
    return {
        "id": story.id,
        "headline": headline.text,
        "spans": [list(span) for span in headline.spans],
        "joiner": headline.joiner,
        "bold": [list(span) for span in story.line.bold],
        "status": story.status,
        "first_told": story.first_told.isoformat() if story.first_told else None,
        "labels": list(story.prediction.labels),
        "stocks": list(story.stocks),
        "heat": story.heat,
        "weight": {
            "total": round(weight.total, DECIMALS),
            "heat": weight.heat,
            "sources": weight.sources,
            "salience": weight.salience,
            "recency": weight.recency,
            "keywords": weight.keywords,
            "stocks": weight.stocks,
        },
        "members": [_member(post) for post in story.members],
    }


def _member(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "title": post.title,
        "source": post.source or post.author,
        "date": post.date.isoformat() if post.date else None,
        "url": post.url,
    }
