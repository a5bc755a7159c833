"""What holds the house together: imports in one direction, heavy packages late, commands documented."""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

import newsml
from newsml.cli import app, main, options
from newsml.config import Config
from newsml.dataset.check import CODES
from newsml.model import reader
from newsml.model.layout import embedded_folder

ROOT = Path(newsml.__file__).parent
ORDER = [
    "errors",
    "files",
    "domain",
    "space",
    "simplified",
    "tags",
    "arrays",
    "text",
    "boilerplate",
    "labels",
    "settings",
    "config",
    "metrics",
    "posts",
    "dataset",
    "model",
    "summarization",
    "digest",
    "evaluate",
    "learn",
    "cli",
]
HEAVY = ("torch", "transformers", "datasets", "sklearn", "matplotlib", "trafilatura", "pyarrow")
MODULES = sorted(ROOT.rglob("*.py"))


def floor(module: str) -> int:
    """Return the place of a module in the order; the package root stands for none."""
    parts = module.split(".")
    return ORDER.index(parts[1]) if len(parts) > 1 and parts[1] in ORDER else -1


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    name = (
        path.relative_to(ROOT.parent).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    )
    if name in ("newsml", "newsml.__main__"):
        return
    here = floor(name)
    assert here >= 0, f"{name} has no place in the order"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("newsml"):
            assert floor(node.module) <= here, f"{name} imports {node.module}"


def test_modules_stay_small():
    long = {
        str(p.relative_to(ROOT)): n for p in MODULES if (n := len(p.read_text("utf-8").splitlines())) > 330
    }
    assert long == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["classify", "{post}"],
        ["summarize", "{post}"],
        ["samples", "{folder}"],
        ["info"],
        ["data", "check", "{post}"],
        ["data", "convert", "{post}"],
        ["data", "stats", "{post}"],
    ],
)
def test_light_commands_import_nothing_heavy(arguments, tmp_path):
    post = tmp_path / "post.md"
    post.write_text("---\ntitle: 快讯\n---\n\n<p>今日指数收涨。</p>\n", encoding="utf-8")
    arguments = [a.format(post=post, folder=tmp_path / "samples") for a in arguments]
    code = (
        "import sys; from newsml.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as e: code = e.code\n"
        f"sys.exit(code or ','.join(sorted(set({HEAVY!r}) & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_every_name_at_the_root_exists_and_is_documented():
    assert "DecisionRule" in newsml.__all__  # what the options of `classify` are from Python
    text = (ROOT.parent / "docs" / "python.md").read_text(encoding="utf-8")
    for name in newsml.__all__:
        assert getattr(newsml, name).__doc__
        assert name.startswith("__") or re.search(rf"\b{name}\b", text), f"docs/python.md: {name} is missing"
    with pytest.raises(AttributeError):
        newsml.no_such_name  # noqa: B018


def test_a_type_checker_knows_the_names_at_the_root(tmp_path, monkeypatch):
    mypy = pytest.importorskip("mypy.api")
    program = tmp_path / "program.py"
    program.write_text(
        "import newsml\n\nlabels: tuple[str, ...] = newsml.load_model().predict(['央行降准。'])[0].labels\n"
        "newsml.laod_model()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MYPYPATH", str(ROOT.parent))
    found, _, _ = mypy.run(["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(program)])
    assert found.count("error:") == 1 and 'has no attribute "laod_model"' in found


def commands(group=None, prefix=""):
    """Yield the name of each command, after that of its group, and the command."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def test_every_command_is_documented_with_every_option():
    text = (ROOT.parent / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in commands():
        assert command.help
        section = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section, f"docs/commands.md has no section {name}"
        for parameter in command.params:
            option = max(parameter.opts, key=len)
            if option.startswith("--") and option not in ("--help", "--debug"):
                assert getattr(parameter, "help", ""), f"{name} {option} has no help"
                assert f"`{option}" in section[1], f"docs/commands.md: {name}: {option} is missing"


def test_the_command_line_reads_as_much_of_a_text_as_python():
    assert options.MAX_TOKENS == reader.MAX_TOKENS


def test_info_names_every_package_of_the_project(capsys):
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(line for name in extras if name != "dev" for line in extras[name])]
    with pytest.raises(SystemExit):
        main(["info"])
    shown = re.findall(r"^  (\S+) ", capsys.readouterr().out, re.MULTILINE)
    assert sorted(shown) == sorted(re.split(r"[^\w-]", line)[0] for line in needed)


def test_every_setting_of_a_configuration_is_documented():
    docs = "".join((ROOT.parent / "docs" / name).read_text("utf-8") for name in ("training.md", "data.md"))
    for field in dataclasses.fields(Config):
        group = field.default_factory if isinstance(field.default_factory, type) else None
        for setting in dataclasses.fields(group) if group else [field]:
            names = (f"`{field.name}.{setting.name}`", f"`{setting.name}`", f"  {setting.name}: ")
            assert any(name in docs for name in names), f"docs/training.md: {names[0]} is missing"


def test_every_code_of_a_problem_is_documented():
    source = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    codes = set(re.findall(r'(?:Problem\(\s*|\bcode(?:: str)? ?= ?)"([a-z-]+)"', source))
    codes |= set(re.findall(r'"error", .*, "([a-z-]+)"\)', source))
    docs = (ROOT.parent / "docs" / "posts.md").read_text(encoding="utf-8").partition("## Problems")[2]
    assert {"empty", "missing", "date-invalid", "unreadable"} <= codes
    assert codes == set(re.findall(r"^\| `([a-z-]+)` \|", docs, re.MULTILINE))
    docs = (ROOT.parent / "docs" / "commands.md").read_text(encoding="utf-8").partition("## data check")[2]
    docs = docs.partition("| option |")[0]
    assert codes | set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| `.*? \|", docs, re.M)))) == CODES


def test_the_embedded_model_is_small_enough():
    sizes = {p.name: p.stat().st_size for p in embedded_folder().iterdir()}
    assert sizes["model.int8.onnx"] <= 30e6
    assert sizes["model.safetensors"] <= 45e6
    assert sum(sizes.values()) <= 78e6


def test_the_samples_are_classified_and_summarised():
    model = newsml.load_model()
    posts = [p for p in newsml.read_posts(ROOT / "samples") if isinstance(p, newsml.Post)]
    assert len(posts) >= 12
    for post, prediction in zip(posts, model.predict([p.model_input for p in posts]), strict=True):
        assert prediction.labels
        summary = newsml.summarize(post.text)
        assert summary.text == summary.joiner.join(post.text[s:e] for s, e in summary.spans) != ""
