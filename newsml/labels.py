"""Label schemes: the ordered names of a task, and the mending of labels as people wrote them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

from newsml.errors import UsageError
from newsml.simplified import simplify

Mode = Literal["multi", "single"]
Level = Literal["all", "first", "last"] | int

DROP = "drop"
TOLD = 10  # labels that a line names
SEPARATORS = re.compile(r"[、，,;；/|\s]+")


@dataclass(slots=True)
class LabelCounts:
    """What happened to the labels of a collection.

    Attributes:
        mended: how often a raw label stood for other names.
        dropped: how often a label was left out, as unknown or too rare.
        collected: how often one was replaced by the label that collects them.
    """

    mended: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    collected: Counter[str] = field(default_factory=Counter)

    def told(self) -> list[str]:
        """Return a line for each kind of thing that happened."""
        pairs = Counter({f"{raw} -> {' '.join(names)}": n for (raw, names), n in self.mended.items()})
        kinds = (
            ("labels mended", pairs),
            ("labels unknown or too rare, dropped", self.dropped),
            ("labels unknown or too rare, collected", self.collected),
        )
        return [f"{counts.total()} {what} ({list_labels(counts)})" for what, counts in kinds if counts]

    def tell(self, note: Callable[[str], object]) -> None:
        """Tell each line of `told`."""
        for line in self.told():
            note(line)


def list_labels(counts: Counter[str]) -> str:
    """Return labels and how often they are used on one line, the most frequent first, not too many."""
    told = [f"{label} ({n})" for label, n in counts.most_common(TOLD)]
    more = len(counts) - len(told)
    return ", ".join(told) + (f" and {more} others; `data stats` lists them" if more > 0 else "")


@dataclass(frozen=True)
class LabelScheme:
    """Ordered label names of a task and the way raw labels are read.

    Attributes:
        names: the labels, in the order of the model's outputs; empty where they are still to be
            learned from the data.
        mode: ``multi`` for a set of labels a post, ``single`` for exactly one.
        level: which raw labels count: ``all``, or one level of the category path (``first``,
            ``last``, or a number from 1).
        aliases: raw label -> name of the scheme.
        min_labels: how many labels a prediction has at least.
        secondary: labels that name no section of a digest while a post has another, such as regions.
        other: what becomes of labels that are unknown or too rare: ``drop``, or the name of the
            label that collects them. A single-label post has it only where no other label counts.

    Raises:
        UsageError: a string in the place of names, names that repeat, an alias or a collecting label that is
            none of the names, or a mode or level that does not exist.
    """

    names: tuple[str, ...] = ()
    mode: Mode = "multi"
    level: Level = "all"
    aliases: Mapping[str, str] = field(default_factory=dict)
    min_labels: int = 1
    secondary: tuple[str, ...] = ()
    other: str = DROP

    def __post_init__(self) -> None:
        if isinstance(self.names, str):  # whose characters would each be a name
            raise UsageError(f"labels: names is {self.names!r}, one string; give a list")
        if self.mode not in get_args(Mode):
            raise UsageError(f"labels: mode is {self.mode}, which is none of {', '.join(get_args(Mode))}")
        if self.level not in ("all", "first", "last") and not (type(self.level) is int and self.level > 0):
            raise UsageError(f"labels: level is {self.level}, not all, first, last or a number from 1")
        repeated = [name for name, count in Counter(self.names).items() if count > 1]
        if repeated:
            raise UsageError(f"labels: {', '.join(repeated)} stand twice in the list of names")
        unknown = sorted(set(self.aliases.values()) - set(self.names))
        if self.names and unknown:
            raise UsageError(f"labels: aliases point to unknown names: {', '.join(unknown)}")
        if self.names and self.other not in (DROP, *self.names):
            raise UsageError(f"labels: other is {self.other}, which is none of the names (nor {DROP})")

    @cached_property
    def label2id(self) -> dict[str, int]:
        """Name -> index of the model's output."""
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def _glued(self) -> re.Pattern[str]:
        parts = sorted({*self.names, *self.aliases}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, parts)))

    def read(self, raw: Sequence[str], counts: LabelCounts | None = None) -> tuple[str, ...]:
        """Return the labels of the scheme that the raw labels stand for, in scheme order.

        Aliases are replaced, traditional characters read as simplified ones, labels glued together
        (``中国大盘``) taken apart, stray words dropped or collected under ``other``. A single-label scheme
        takes labels apart at marks and spaces only.
        Without names every label is taken as it is.

        Args:
            raw: categories or labels as they stand in the post.
            counts: where mended, dropped and collected labels are counted.

        Raises:
            UsageError: a string in the place of a list.
        """
        if isinstance(raw, str):  # whose characters would each be a label
            raise UsageError(f"labels: {raw!r} is one label; give a list, [{raw!r}]")
        found: list[str] = []
        for label in self._at_level([label.strip() for label in raw if label.strip()]):
            names = self._mend(label)
            if counts is not None and not names:
                (counts.dropped if self.other == DROP else counts.collected)[label] += 1
            elif counts is not None and names != (label,):
                counts.mended[label, names] += 1
            if not names and self.other != DROP:
                names = (self.other,)
            found += [name for name in names if name not in found]
        if self.mode == "single":
            return tuple(sorted(found, key=lambda name: name == self.other)[:1])
        return tuple(sorted(found, key=self.label2id.__getitem__)) if self.names else tuple(found)

    def _at_level(self, raw: list[str]) -> list[str]:
        if self.level == "all" or not raw:
            return raw
        index = {"first": 0, "last": -1}.get(str(self.level))
        index = int(self.level) - 1 if index is None else index
        return [raw[index]] if index < len(raw) else []

    def find_all(self, asked: Iterable[str], where: str) -> tuple[str, ...]:
        """Return the names that labels asked for stand for, in traditional characters or as aliases too.

        Args:
            asked: labels.
            where: begins the line of an error.

        Raises:
            UsageError: one that stands for no name, or for several; two that stand for one.
        """
        asked = list(asked)
        found = [self._mend(label) for label in asked]
        if unknown := [label for label, names in zip(asked, found, strict=True) if len(names) != 1]:
            raise UsageError(f"{where} {', '.join(unknown)}: no label of the model ({' '.join(self.names)})")
        names = tuple(name for (name,) in found)
        if repeated := [name for name, count in Counter(names).items() if count > 1]:
            raise UsageError(f"{where} {', '.join(asked)}: {', '.join(repeated)} is named twice")
        return names

    def _mend(self, label: str) -> tuple[str, ...]:
        return self._names_of(label) or self._names_of(simplify(label))

    def _names_of(self, label: str) -> tuple[str, ...]:
        if label in self.label2id:
            return (label,)
        if label in self.aliases:
            return (self.aliases[label],)
        if not self.names:
            return (label,)
        parts: list[str] = []
        for piece in filter(None, SEPARATORS.split(label)):
            matches = self._glued.findall(piece)
            if "".join(matches) != piece or (len(matches) > 1 and self.mode == "single"):
                return ()  # of a single-label task 金融科技 is a label of its own beside 金融 and 科技
            parts += [self.aliases.get(match, match) for match in matches]
        return tuple(dict.fromkeys(parts))

    def with_support(self, labels: Iterable[str], min_support: int) -> LabelScheme:
        """Return the scheme with the names that the data supports, and ``other`` where it collects.

        Names that are listed keep their order; those of a scheme without any are taken from the data,
        most frequent first.

        Args:
            labels: one entry for each use of a label.
            min_support: names used less often are left out; 0 keeps every name.

        Raises:
            UsageError: fewer than two labels have the support.
        """
        counts = Counter(labels)
        listed = self.names or sorted(counts, key=lambda name: (-counts[name], name))
        names = [name for name in listed if counts[name] >= min_support or name == self.other]
        supported = len(names) - (self.other in names)
        if supported < 2:
            uses = sorted((counts[name] for name in listed if name != self.other), reverse=True)
            enough = uses[1] if len(uses) > 1 else 0
            way = f" (labels.min_support={enough} would do)" if enough else ""
            raise UsageError(
                f"labels: {supported} of {len(listed)} labels have {min_support} examples or more; "
                f"at least two are needed{way}"
            )
        if self.other not in (DROP, *names):
            names.append(self.other)
        aliases = {raw: name for raw, name in self.aliases.items() if name in names}
        secondary = tuple(name for name in self.secondary if name in names)
        return replace(self, names=tuple(names), aliases=aliases, secondary=secondary)
