"""A digest as Markdown."""

from __future__ import annotations

from newsml.digest.digest import Digest
from newsml.domain import Story
from newsml.text import escape_markdown


def render_markdown(digest: Digest) -> str:
    """Return the digest as one Markdown page; the text of posts is escaped throughout."""
    count = sum(len(section.stories) for section in digest.sections)
    lines = [f"# 财经摘要{f' {digest.date.isoformat()}' if digest.date else ''}", "", f"共 {count} 条", ""]
    for section in digest.sections:
        lines += [f"## {escape_markdown(section.name)}（{len(section.stories)}）", ""]
        lines += [_line(story) for story in section.stories]
        lines.append("")
    return "\n".join(lines)


def _line(story: Story) -> str:
    title = escape_markdown(story.post.title)
    summary = escape_markdown(story.summary.text)
    told = f"**{title}** {summary}" if title and title != summary else summary
    source = escape_markdown(story.post.author)
    return f"- {told}{f'（{source}）' if source else ''}"
