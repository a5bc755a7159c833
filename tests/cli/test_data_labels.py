"""`data stats`, `data split` and `data errors`."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from newsml.dataset import group_near_duplicates
from tests.conftest import synthetic_records, write_jsonl

PARTS = ("train", "validation", "test")


@pytest.fixture
def archive(tmp_path):
    """Forty posts over ten days, two copies, a near-duplicate, and one that has no label."""
    records = synthetic_records(40, seed=5)
    for i, record in enumerate(records):
        record |= {"id": f"n{i}", "date": f"2024-08-{10 + i // 4}T08:00:00+08:00", "source": "早报"}
        record["text"] = f"第{i * 7919}号：" + record["text"]
    long = "证券交易所公布的数据显示，今日两市成交额比昨日减少，北向资金小幅流出，指数收平。"
    extra = [records[0] | {"id": "copy"}, records[1] | {"id": "copy2", "text": records[1]["text"] + "\n"}]
    extra += [records[2] | {"id": f"near{i}", "text": long + "。" * i, "title": ""} for i in range(2)]
    extra[-1]["date"] = "2024-08-30"
    extra += [{"id": "bare", "text": "没有标签的一条。"}]
    return write_jsonl(tmp_path / "archive.jsonl", records + extra)


def read_parts(folder: Path, suffix: str = "jsonl") -> dict[str, list[dict]]:
    return {
        part: [json.loads(line) for line in (folder / f"{part}.{suffix}").read_text("utf-8").splitlines()]
        for part in PARTS
    }


def ids(parts: dict[str, list[dict]]) -> dict[str, list[str]]:
    return {name: [record["id"] for record in part] for name, part in parts.items()}


def test_stats_of_a_post_each_way(newsml, archive, tmp_path):
    outcome = newsml("data", "stats", archive, "--output", tmp_path / "s.json")
    assert outcome.code == 0
    assert "45 posts, 44 labelled" in outcome.out
    assert "2 exact copies; 2 texts in 1 groups of near-duplicates" in outcome.out
    tree = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert (tree["posts"], tree["labelled"], tree["copies"]) == (45, 44, 2)
    assert tree["months"] == {"": 1, "2024-08": 44}
    assert tree["sources"] == {"早报": 44, "": 1}
    assert list(tree["labels"].values()) == sorted(tree["labels"].values(), reverse=True)
    for i, (label, count) in enumerate(tree["labels"].items()):
        assert tree["together"][i][i] == count
        assert f"{i + 1} {label}" in outcome.out
    assert sum(tree["tokens"]["histogram"].values()) == 45
    assert tree["tokens"]["over_512"] == 0


def test_stats_as_a_page_and_a_picture(newsml, archive, tmp_path):
    odd = write_jsonl(tmp_path / "odd.jsonl", [{"text": "甲" * 2000, "labels": ["<b>公司</b>"]}])
    assert newsml("data", "stats", archive, odd, "--output", tmp_path / "s.html").code == 0
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;公司&lt;/b&gt;" in page and "<b>" not in page
    assert "http" not in page and "<script" not in page
    pytest.importorskip("matplotlib")
    assert newsml("data", "stats", archive, "--output", tmp_path / "new" / "s.png").code == 0
    assert (tmp_path / "new" / "s.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob(".*"))


def test_stats_count_names_that_look_alike_one_by_one(newsml, tmp_path):
    records = [
        {"text": "第一条。", "labels": ["a b", "c"], "source": "unknown"},
        {"text": "第二条。", "labels": ["a", "b c"]},
    ]
    data = write_jsonl(tmp_path / "d.jsonl", records)
    outcome = newsml("data", "stats", data, "--output", tmp_path / "s.html")
    together = outcome.out.partition("labels together\n")[2].partition("\n\n")[0]
    assert together.split() == ["1", "50.0%", "a", "b", "c"] * 2
    assert outcome.out.count(" 50.0%  unknown\n") == 2
    assert (tmp_path / "s.html").read_text("utf-8").count("<th>unknown</th>") == 2


def test_a_part_without_posts_is_told(newsml, tmp_path):
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": f"第{c}条。", "labels": [c]} for c in "一二"])
    outcome = newsml("data", "split", data, "--output", tmp_path / "s")
    assert (outcome.code, "no post is left for test:" in outcome.err) == (0, True)


def test_an_output_that_cannot_be_written_is_told_before_the_learning(newsml, archive, tmp_path, monkeypatch):
    monkeypatch.setattr("newsml.dataset.linear.out_of_fold_probabilities", None)
    outcome = newsml("data", "errors", archive, "--output", tmp_path)
    assert (outcome.code, "is no regular file" in outcome.err) == (2, True)


def test_stats_list_what_the_scheme_mends_and_drops(newsml, tmp_path):
    labels = [["中国大盘"], ["天气"], ["企业"], ["中国"], ["公司", "能源"]]
    data = write_jsonl(
        tmp_path / "d.jsonl", [{"text": f"第{i}条。", "labels": raw} for i, raw in enumerate(labels)]
    )
    options = ("--config", "topics", "--set", "labels.min_support=2", "--output", tmp_path / "s.json")
    outcome = newsml("data", "stats", data, *options)
    tree = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert tree["labels"] == {"中国": 2, "公司": 2}
    assert tree["mended"] == [
        {"label": "中国大盘", "as": ["中国", "大盘"], "posts": 1},
        {"label": "企业", "as": ["公司"], "posts": 1},
    ]
    assert tree["dropped"] == {"天气": 1, "大盘": 1, "能源": 1}
    assert "中国大盘 -> 中国 大盘" in outcome.out


def test_without_a_config_a_set_is_single_where_no_post_has_two(newsml, tmp_path):
    records = [{"text": "一。", "labels": ["甲"]}, {"text": "二。", "labels": ["乙"]}]
    assert "2 labelled (single)" in newsml("data", "stats", write_jsonl(tmp_path / "a.jsonl", records)).out
    records.append({"text": "三。", "labels": ["甲", "乙"]})
    assert "3 labelled (multi)" in newsml("data", "stats", write_jsonl(tmp_path / "b.jsonl", records)).out


def test_a_split_shares_no_text(newsml, archive, tmp_path):
    outcome = newsml("data", "split", archive, "--output", tmp_path / "s", "--shares", "0.6,0.2,0.2")
    assert outcome.code == 0
    parts = read_parts(tmp_path / "s")
    names = [name for part in ids(parts).values() for name in part]
    assert len(names) == len(set(names)) == 42
    assert {"n0", "n1"} <= set(names)
    assert {"copy", "copy2", "bare"}.isdisjoint(names)
    texts = [record["text"] for part in parts.values() for record in part]
    sides = [name for name, part in parts.items() for _ in part]
    groups = group_near_duplicates(texts)
    assert len(set(zip(groups, sides, strict=True))) == len(set(groups)) == 41
    assert "2 exact copies taken out" in outcome.out
    assert "leak prevented: a plain random split would have put" in outcome.out
    assert "1 posts without a usable label" in outcome.err


@pytest.mark.parametrize("by_date", [False, True])
def test_a_split_shares_no_text_under_another_title(newsml, tmp_path, by_date):
    chance = random.Random(3)
    texts = ["".join(chance.choices("甲乙丙丁戊己庚辛壬癸", k=30)) for _ in range(30)]
    titles = ["晨光科技早间公告一览", "收盘综述：两市成交放量"]
    records = [
        {"title": title, "text": text, "labels": ["公司"], "date": f"2024-08-{min(day, 30):02}"}
        for later, title in enumerate(titles)
        for day, text in enumerate(texts, 1 + later)
    ]
    options = ["--by-date"] if by_date else []
    data = write_jsonl(tmp_path / "a.jsonl", records)
    outcome = newsml("data", "split", data, "--output", tmp_path / "s", *options)
    assert outcome.code == 0
    parts = [{record["text"] for record in part} for part in read_parts(tmp_path / "s").values()]
    assert all(parts)
    assert len(set.union(*parts)) == sum(map(len, parts)) == 30


@pytest.mark.parametrize("style", ["jsonl", "parquet"])
def test_a_split_is_the_same_bit_for_bit(archive, tmp_path, style):
    if style == "parquet":
        pytest.importorskip("pyarrow")
    for seed, folder in ((7, "a"), (7, "b"), (8, "c")):
        command = [sys.executable, "-m", "newsml", "data", "split", str(archive), "--output", folder]
        command += ["--seed", str(seed), "--format", style]
        environment = os.environ | {"PYTHONHASHSEED": str(len(folder) + seed * 3 + ord(folder[0]))}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=120)
    a, b, c = (
        [(tmp_path / folder / f"{part}.{style}").read_bytes() for part in PARTS] for folder in ("a", "b", "c")
    )
    assert a == b != c


def test_a_split_by_date(newsml, archive, tmp_path):
    outcome = newsml(
        "data", "split", archive, "--output", tmp_path / "s", "--by-date", "--shares", "0.6,0.2,0.2"
    )
    assert outcome.code == 0
    parts = read_parts(tmp_path / "s")
    days = [[record["date"][:10] for record in parts[name]] for name in PARTS]
    assert max(days[0]) < min(days[1]) and max(days[1]) < min(days[2])
    assert "near0" in ids(parts)["train"]
    assert "near1" not in [name for part in ids(parts).values() for name in part]
    assert "1 posts left out: near-duplicates of earlier ones" in outcome.err


def test_a_split_writes_the_labels_of_the_scheme(newsml, tmp_path):
    records = [{"text": f"{c}市场的消息。", "labels": ["中国公司", "天气"]} for c in "甲乙丙丁戊己庚辛壬癸"]
    records[0]["labels"] = ["能源"]
    data = write_jsonl(tmp_path / "d.jsonl", records)
    assert newsml("data", "split", data, "--config", "topics", "--output", tmp_path / "s").code == 0
    labels = [tuple(r["labels"]) for part in read_parts(tmp_path / "s").values() for r in part]
    assert sorted(labels) == [("中国", "公司")] * 9 + [("能源",)]


def test_errors_names_every_post_worst_first(newsml, tmp_path):
    pytest.importorskip("sklearn")
    records = [r | {"id": f"n{i}", "text": f"{i}{r['text']}"} for i, r in enumerate(synthetic_records(60))]
    wrong = next(r for r in records if r["labels"] == ["公司"])
    right = next(r["labels"] for r in records if "外国" in r["labels"])
    wrong["labels"] = right
    data = write_jsonl(tmp_path / "d.jsonl", records)
    outcome = newsml("data", "errors", data, "--folds", "3")
    assert outcome.code == 0
    assert [set(r) for r in outcome.records] == [{"id", "labels", "suggested", "score"}] * 60
    assert {r["id"] for r in outcome.records} == {r["id"] for r in records}
    scores = [r["score"] for r in outcome.records]
    assert scores == sorted(scores, reverse=True) and 0 <= scores[-1] <= scores[0] <= 1
    assert outcome.records[0]["id"] == wrong["id"]
    assert outcome.records[0]["labels"] == right
    assert outcome.records[0]["suggested"] == ["公司"]
    assert newsml("data", "errors", data, "--folds", "3").out == outcome.out
    table = newsml("data", "errors", data, "--folds", "3", "--format", "table").out
    assert table.startswith("SCORE") and wrong["text"][:4] in table.splitlines()[1]


def test_errors_judges_no_label_of_a_handful_of_posts(newsml, tmp_path):
    pytest.importorskip("sklearn")
    records = [r | {"id": f"n{i}"} for i, r in enumerate(synthetic_records(40))]
    records += [
        r | {"id": f"rare{i}", "labels": ["独家"]} for i, r in enumerate(synthetic_records(4, seed=9))
    ]
    data = write_jsonl(tmp_path / "d.jsonl", records)
    outcome = newsml("data", "errors", data)
    assert outcome.err == "newsml: 1 labels too rare to judge (under 5 posts): 独家 (4)\n"
    assert len(outcome.records) == 44
    for record in outcome.records:
        if record["id"].startswith("rare"):
            assert (record["score"], record["suggested"]) == (0.0, ["独家"])
    assert newsml("data", "errors", data, "--quiet").err == ""


def test_a_split_into_the_folder_of_the_posts(newsml, tmp_path):
    for i in range(4):
        text = f"---\ntitle: 标题{i}\ncategories: [公司]\n---\n第{i}家公司今日派息。\n"
        (tmp_path / f"{i}.md").write_text(text, encoding="utf-8")
    assert newsml("data", "split", tmp_path, "--output", tmp_path).code == 0
    assert (tmp_path / "train.jsonl").is_file() and len(list(tmp_path.glob("*.md"))) == 4


def test_a_split_replaces_no_input(newsml, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = write_jsonl(tmp_path / "train.jsonl", [{"text": "甲公司派息。", "labels": ["公司"]}])
    before = data.read_bytes()
    outcome = newsml("data", "split", "train.jsonl", "--output", ".")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "newsml: train.jsonl: is an input, which the results would replace\n"
    outcome = newsml("data", "split", "train.jsonl", "--output", "")
    assert (outcome.code, outcome.err) == (2, "newsml: --output: names no folder\n")
    assert list(tmp_path.iterdir()) == [data] and data.read_bytes() == before


@pytest.mark.parametrize("command", ["split", "errors"])
def test_no_labels_at_all(newsml, tmp_path, command):
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": "没有标签。"}])
    options = ["--output", tmp_path / "s"] if command == "split" else []
    outcome = newsml("data", command, data, *options)
    assert outcome.code == 3
    assert "no post has a usable label" in outcome.err
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stats", "--output", "s.gif"], "none of .png .html .json"),
        (["stats", "--set", "labels.level=1"], "it needs --config"),
        (["stats", "--config", "nowhere"], "no such configuration"),
        (["split", "--output", "s", "--shares", "0.8,0.2"], "give three shares"),
        (["split", "--output", "s", "--shares", "0.8,0.1,0.2"], "that make 1"),
        (["split", "--output", "s", "--shares", "0.8,0.2,x"], "give three shares"),
        (["split", "--output", "s", "--shares", "1.1,-0.05,-0.05"], "give three shares"),
        (["split", "--output", "s", "--shares", "nan,0.5,0.5"], "give three shares"),
        (["errors", "--folds", "1"], "2<=x<=100"),
        (["errors", "--folds", "1000000000"], "2<=x<=100"),
    ],
)
def test_usage(newsml, archive, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    outcome = newsml("data", arguments[0], archive, *arguments[1:])
    assert outcome.code == 2
    assert message in outcome.err
    assert not (tmp_path / "s").exists()


def test_too_few_days_and_one_label(newsml, tmp_path):
    records = [{"text": f"第{c}条。", "labels": ["甲"], "date": "2024-08-01"} for c in "一二三四五"]
    data = write_jsonl(tmp_path / "d.jsonl", records)
    outcome = newsml("data", "split", data, "--by-date", "--output", tmp_path / "s")
    assert (outcome.code, "on 1 days: too few for 3 parts" in outcome.err) == (3, True)
    outcome = newsml("data", "errors", data)
    assert (outcome.code, "every post has the same label" in outcome.err) == (3, True)


@pytest.mark.parametrize(
    ("package", "arguments"),
    [("sklearn", ["errors"]), ("matplotlib", ["stats", "--output", "s.png"])],
)
def test_a_missing_extra_is_one_line(newsml, archive, tmp_path, monkeypatch, package, arguments):
    monkeypatch.chdir(tmp_path)
    for name in [m for m in sys.modules if m.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    # Told before the posts are read, which may take long: nothing is said of the one that is missing.
    outcome = newsml("data", arguments[0], archive, "missing.md", *arguments[1:], "--quiet")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "pip install 'newsml[train]'" in outcome.err


def test_an_input_that_cannot_be_read_is_named(newsml, archive, tmp_path):
    for arguments in (["stats"], ["split", "--output", tmp_path / "s"]):
        outcome = newsml("data", arguments[0], archive, tmp_path / "none.md", *arguments[1:])
        assert outcome.code == 3
        assert "none.md" in outcome.err
    assert (tmp_path / "s" / "train.jsonl").is_file()
