"""What can go wrong, as exceptions that carry the exit code of the command line."""

from __future__ import annotations

from collections.abc import Callable


class NewsmlError(Exception):
    """Base of every error that newsml raises on purpose; its text is one clear line."""

    exit_code = 1


class UsageError(NewsmlError):
    """Bad options, a bad configuration or an extra that is not installed."""

    exit_code = 2


class ArgumentError(UsageError):
    """An argument that does not hold.

    Args:
        message: what is wrong, in one line that begins with the name of the parameter.
        parameters: that one, and others that the message names after anything that was given, such as a path.
    """

    def __init__(self, message: str, *parameters: str) -> None:
        super().__init__(message)
        self.parameters = parameters

    def renamed(self, name_of: Callable[[str], str]) -> str:
        """Return the message with other names for the parameters, such as those of options."""
        first, *others = self.parameters
        told = str(self).removeprefix(first)
        for parameter in others:
            before, _, after = told.rpartition(parameter)
            told = before + name_of(parameter) + after
        return name_of(first) + told


class InputError(NewsmlError):
    """Input that cannot be used; the text names the file, and the line where there is one.

    Args:
        message: what is wrong, in one line.
        code: a word to filter by, as of an ``Unusable``.
        line: of the file, from 1; 0 where it is about the whole.
    """

    exit_code = 3

    def __init__(self, message: str, *, code: str = "unreadable", line: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


class ModelError(NewsmlError):
    """A model that is missing, broken or of another kind than asked for."""

    exit_code = 4


class GateError(NewsmlError):
    """A score below the floor that a quality gate sets."""

    exit_code = 5


def reason(error: BaseException, most: int | None = 160) -> str:
    """Return what an error of other code says, on one line.

    Args:
        error: the error.
        most: characters that are kept; None for all.
    """
    return " ".join(str(error).split())[:most]


def missing_extra(package: str, extra: str, purpose: str) -> UsageError:
    """Return the error for a package that an optional extra would have brought.

    Args:
        package: name of the package that could not be imported.
        extra: name of the extra that brings it, e.g. ``train``.
        purpose: what needs it, e.g. ``training``.
    """
    return UsageError(f"{purpose} needs the package '{package}': pip install 'newsml[{extra}]'")
