"""``newsml info``: versions, devices, models, folders."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
from importlib import metadata
from pathlib import Path

import typer

import newsml


def info() -> None:
    """Print versions, devices, the models found and the cache folders."""
    from newsml.config import config_folder, config_names
    from newsml.dataset import cache_folder
    from newsml.errors import ModelError
    from newsml.model.layout import EMBEDDED, embedded_folder, find_model, load_spec

    typer.echo(f"newsml {newsml.__version__}, Python {platform.python_version()}, {platform.platform()}")
    for package in _packages():
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            version = "not installed"
        typer.echo(f"  {package:<16} {version}")
    typer.echo(f"devices: cpu ({os.cpu_count()} cores){_accelerators()}")
    try:
        spec = load_spec(find_model(EMBEDDED))
        kind = f"{spec.scheme.mode}-label, {len(spec.scheme.names)} labels"
        typer.echo(f"model {EMBEDDED}: {kind}, {embedded_folder()}")
    except ModelError as error:
        typer.echo(f"model {EMBEDDED}: {error}")
    names = " ".join(config_names())
    typer.echo(f"configurations: {names} ({config_folder()})")
    cache = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    typer.echo(f"cache of hub models: {cache}")
    typer.echo(f"cache of datasets: {cache_folder()}")


def _packages() -> list[str]:
    """Return the packages that newsml needs, and those of its extras but for developing it."""
    try:
        needed = metadata.requires("newsml") or []
    except metadata.PackageNotFoundError:  # run from a checkout that was not installed
        return []
    names = (re.split(r"[^\w.-]", line)[0] for line in needed if not re.search("extra == .dev", line))
    return list(dict.fromkeys(names))


def _accelerators() -> str:
    """Name the accelerators that a driver shows, without importing torch."""
    if importlib.util.find_spec("torch") is None:
        return ""
    cuda = sorted(path.name for path in Path("/proc/driver/nvidia/gpus").glob("*"))
    mps = platform.system() == "Darwin" and platform.machine() == "arm64"
    return f", cuda ({len(cuda)} GPUs)" * bool(cuda) + ", mps" * mps
