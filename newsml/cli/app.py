"""The application: its commands, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn
from unicodedata import category

import typer

import newsml
from newsml.cli.lazy import lazy_group
from newsml.errors import ArgumentError, NewsmlError, UsageError, reason

INTERRUPTED = 130
BUG = NewsmlError.exit_code

CONTROLS = frozenset(("Cc", "Cf", "Cs"))
"""Categories of characters that a terminal would obey, or cannot show."""

PARSER_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
"""What the parser of options raises; typer has no name of its own for it."""

OPTIONS = {"threads": "--jobs", "overrides": "--set"}
"""Parameter -> the option of another name."""

KEPT = 8 * 2**20
"""Bytes that the C library keeps for the next page, rather than give them back and ask for them again."""

app = typer.Typer(
    name="newsml",
    cls=lazy_group(
        "newsml.cli", "samples", "classify", "summarize", "train", "evaluate", "export", "info", "data"
    ),
    help="Classify, summarise and digest Chinese financial news, offline on a laptop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsml {newsml.__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the contract.

    Exit codes: 0 all well, 1 a bug of newsml's, 2 usage, 3 input, 4 model, 5 gate, 130 interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug = "--debug" in ours
    if debug:  # a global option, taken wherever it stands
        rest = [a for a in ours if a != "--debug"] + arguments[len(ours) :]
        arguments = ["--debug", *rest]
    _prepare_streams()
    bytes(KEPT)  # freed at once: glibc then keeps twice as much, and reads posts in four fifths of the time
    try:
        code = app(arguments, prog_name="newsml", standalone_mode=False)
    except PARSER_ERROR as error:
        _refuse(error)
    except SystemExit as exit_:
        if isinstance(exit_.__context__, BrokenPipeError):  # of which typer makes a 1
            _leave(0)
        _leave(exit_.code if isinstance(exit_.code, int) else BUG if exit_.code else 0)
    except NewsmlError as error:
        if debug:
            traceback.print_exc()
        _fail(_in_options(error), error.exit_code)
    except BrokenPipeError:
        _leave(0)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except OSError as error:  # a full disk, a folder that cannot be written
        if debug:
            traceback.print_exc()
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}", UsageError.exit_code)
    except Exception as error:
        if debug:
            raise
        told = f"{type(error).__name__}: {reason(error, None)}"
        _fail(f"this is a bug of newsml's: {told} (--debug shows where)", BUG)
    _end(code or 0)


def _end(code: int) -> NoReturn:
    if code == INTERRUPTED:
        _fail("interrupted", INTERRUPTED)
    _leave(code)


def _refuse(error: Any) -> NoReturn:
    """Tell in one line what the parser of options found wrong, and exit."""
    if isinstance(error, typer.BadParameter) and error.param is not None and error.message:
        _fail(f"{max(error.param.opts, key=len)}: {error.message.rstrip('.')}", UsageError.exit_code)
    told = " ".join(error.format_message().split()).rstrip(".")
    if not told:  # no arguments, which was answered by the help
        _leave(UsageError.exit_code)
    hint = f"; see {error.ctx.command_path} --help" if error.ctx is not None else ""
    _fail(f"{told[:1].lower()}{told[1:]}{hint}", UsageError.exit_code)


def _in_options(error: NewsmlError) -> str:
    """Return the text of an error, with the names of options for those of parameters."""
    if not isinstance(error, ArgumentError):
        return str(error)
    return error.renamed(lambda name: OPTIONS.get(name, f"--{name.replace('_', '-')}"))


def _prepare_streams() -> None:
    """Make the standard streams UTF-8 on every system, and open those that the caller closed on nothing."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nothing = Path(os.devnull).open("r" if name == "stdin" else "w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nothing)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _fail(message: str, code: int) -> NoReturn:
    with suppress(OSError):  # a full disk, or a reader that has gone
        tame = "".join(c if category(c) not in CONTROLS or c == "\n" else "\ufffd" for c in message)
        print(f"newsml: {tame}", file=sys.stderr, flush=True)  # noqa: T201 - the command line prints
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Exit; a reader that has gone away (``| head``) is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
