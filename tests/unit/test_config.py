"""Training configurations: what ships loads, what does not hold is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsml.config import DIGEST, config_folder, load_config, parse_config
from newsml.errors import UsageError

SHIPPED = sorted(path.stem for path in config_folder().glob("*.yaml") if path.stem != DIGEST)


@pytest.fixture
def config_file(tmp_path: Path):
    def write(text: str) -> str:
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_something_ships() -> None:
    assert {"topics", "category"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_loads(name: str) -> None:
    config = load_config(name)
    assert config.name == name
    assert config.labels.scheme().mode == config.labels.mode


def test_a_file_is_read_with_its_types(config_file) -> None:
    config = load_config(
        config_file("name: mine\nlabels: {mode: single, level: 2}\ntrain: {learning_rate: 3e-5, epochs: 7}\n")
    )
    assert config.name == "mine"
    assert config.labels.scheme().level == 2
    assert (config.train.learning_rate, config.train.epochs) == (3e-5, 7)


def test_a_file_goes_before_a_config_that_ships(tmp_path, monkeypatch) -> None:
    (tmp_path / "topics").write_text("name: mine\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_config("topics").name == "mine"


def test_overrides_take_the_type_of_the_setting() -> None:
    overrides = ["train.learning_rate=2e-5", "train.epochs=1", "model.base=12", "train.weight_decay=0"]
    overrides += ["labels.names=[涨, 跌]", "labels.aliases={}", "labels.secondary=[]", "train.batch_size=8.0"]
    config = load_config("topics", overrides)
    assert config.train.learning_rate == 2e-5
    assert (config.train.epochs, type(config.train.epochs)) == (1, int)
    assert (config.train.batch_size, type(config.train.batch_size)) == (8, int)
    assert (config.train.weight_decay, type(config.train.weight_decay)) == (0.0, float)
    assert config.model.base == "12"
    assert config.labels.names == ("涨", "跌")
    assert config.labels.aliases == {}


def test_overrides_are_a_mapping_too(tmp_path: Path) -> None:
    overrides = {
        "train.learning_rate": 2e-5,
        "train.epochs": "auto",
        "train.gradient_checkpointing": True,
        "model.base": tmp_path,
        "labels.names": ("涨", "no: 跌", "😀"),
        "labels.aliases": {},
        "labels.secondary": [],
    }
    config = load_config("topics", overrides)
    assert (config.train.learning_rate, config.train.epochs) == (2e-5, "auto")
    assert config.train.gradient_checkpointing is True
    assert config.model.base == str(tmp_path)
    assert config.labels.names == ("涨", "no: 跌", "😀")
    with pytest.raises(UsageError, match=r"with overrides: \[train.epochs\] is a whole number"):
        load_config("topics", {"train.epochs": 1.5})


def test_what_a_probe_does_not_heed_is_no_change() -> None:
    heeded = {"train.method": "probe", "train.seed": 3, "train.max_tokens": 64, "model.window": 64}
    assert load_config("category", heeded).train.seed == 3
    with pytest.raises(UsageError, match=r"^overrides train.epochs, train.patience: of no effect with train"):
        load_config("category", ["train.epochs=3", "train.method=probe", "train.patience=1"])


def test_numbers_or_words_and_flags() -> None:
    train = load_config("topics", ["train.epochs=auto", "train.gradient_checkpointing=true"]).train
    assert (train.epochs, train.gradient_checkpointing) == ("auto", True)
    train = load_config("topics", ["train.epochs=5", "train.gradient_checkpointing=False"]).train
    assert (train.epochs, train.gradient_checkpointing) == (5, False)


def test_the_last_override_wins() -> None:
    assert load_config("topics", ["train.seed=1", "train.seed=2"]).train.seed == 2


def test_an_override_can_open_a_group(config_file) -> None:
    config = load_config(config_file("name: mine\n"), ["data.validation_share=0.3"])
    assert config.data.validation_share == 0.3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epochs", "give it as a.b=value"),
        ("=3", "give it as a.b=value"),
        ("name.first=3", "name holds no settings"),
        ("labels.names=[涨", "not YAML"),
        ("train.epoch=3", r"\[train.epoch\] is no setting, did you mean epochs\?"),
        ("train=3", r"\[train.\] is a group of settings, not '3'"),
    ],
)
def test_overrides_that_do_not_hold(override: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_config("topics", [override])


def test_labels_that_look_like_something_else_stay_strings(config_file) -> None:
    config = load_config(
        config_file(
            "name: 0x10\nlabels: {names: [no, 1936, 1.50, null, ~, 2021-01-01, y], aliases: {on: no}}\n"
        )
    )
    assert config.name == "0x10"
    assert config.labels.names == ("no", "1936", "1.50", "null", "~", "2021-01-01", "y")
    assert config.labels.aliases == {"on": "no"}


def test_ranges_are_told_beside_wrong_types() -> None:
    wrong = ["train.epochs=0", "train.batch_size=0", "train.precision=bf32", "model.pooling=sum"]
    with pytest.raises(UsageError) as caught:
        load_config("topics", wrong)
    for name in ("train.epochs", "train.batch_size", "train.precision", "model.pooling"):
        assert str(caught.value).count(f"[{name}]") == 1
    assert "topics.yaml with overrides: " in str(caught.value)


def test_all_errors_are_told_at_once_with_their_paths(config_file) -> None:
    path = config_file(
        "labls: {}\n"
        "labels: {mode: many, names: 公司, aliases: [x], level: [1]}\n"
        "data: 3\n"
        "model: {window: wide, polling: mean}\n"
        "train: {epochs: 1.5, learning_rate: .nan, seed: }\n"
    )
    with pytest.raises(UsageError) as caught:
        load_config(path)
    message = str(caught.value)
    assert message.startswith(path)
    assert "\n" not in message
    for part in (
        "[labls] is no setting, did you mean labels?",
        "[name] is missing",
        "[labels.mode] is one of multi, single, not 'many'",
        "[labels.names] is a list of strings",
        "[labels.aliases] is a table of strings",
        "[labels.level] is a string",
        "[data.] is a group of settings",
        "[model.window] is a whole number",
        "[model.polling] is no setting, did you mean pooling?",
        "[train.epochs] is a whole number",
        "[train.learning_rate] is a number",
        "[train.seed] is a whole number",
    ):
        assert part in message


def test_an_unlike_key_gets_no_suggestion() -> None:
    with pytest.raises(UsageError, match=r"\[zzz\] is no setting$"):
        parse_config({"name": "x", "zzz": "1"}, "here")


@pytest.mark.parametrize(
    "bad",
    [
        "train.epochs=many",
        "train.patience=-1",
        "train.micro_batch_size=0",
        "train.max_tokens=0",
        "train.seed=-1",
        "train.seed=4294967296",
        "train.layer_decay=0",
        "train.layer_decay=1.1",
        "train.gradient_checkpointing=maybe",
        "train.class_weights=some",
        "train.method=guess",
        "labels.level=0",
        "labels.level=00",
        "labels.level=²",
        "labels.level=-1",
        "labels.level=middle",
        "labels.min_labels=17",
        "labels.min_labels=-1",
        "labels.min_support=-1",
        "labels.other=",
        "data.validation_share=0",
        "data.validation_share=0.5",
        "data.near_duplicate=0",
        "data.near_duplicate=1.1",
        "model.window=15",
        "model.window=513",
        "model.dropout=1",
        "train.epochs=0",
        "train.batch_size=0",
        "train.learning_rate=0",
        "train.head_learning_rate=-1",
        "train.weight_decay=-0.1",
        "train.warmup_share=1",
        "train.max_grad_norm=0",
        "train.ema_decay=1",
        "train.save_steps=0",
        "train.precision=fp8",
        "train.learning_rate=inf",
        "train.learning_rate=0.11",
        "train.head_learning_rate=1",
        "train.epochs=true",
    ],
)
def test_values_out_of_range(bad: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_config("topics", [bad])
    assert f"[{bad.partition('=')[0]}]" in str(caught.value)


def test_a_level_that_does_not_exist_is_told_once() -> None:
    with pytest.raises(UsageError, match=r"\[labels.level\] is all, first, last or a number from 1$"):
        load_config("topics", ["labels.level=middle"])


EDGES = [
    "labels.min_support=0",
    "model.window=16",
    "model.window=512",
    "data.near_duplicate=1",
    "model.dropout=0",
    "train.learning_rate=0.1",
]


@pytest.mark.parametrize("edge", EDGES)
def test_values_at_the_edge(edge: str) -> None:
    load_config("topics", [edge])


def test_range_errors_are_told_together() -> None:
    with pytest.raises(UsageError) as caught:
        load_config("topics", ["train.epochs=0", "model.window=1", "labels.aliases={甲: 乙}"])
    for part in ("[train.epochs]", "[model.window]", "unknown names: 乙"):
        assert part in str(caught.value)


def test_a_single_label_task_has_one_label_at_least() -> None:
    with pytest.raises(UsageError, match=r"\[labels.min_labels\]"):
        load_config("category", ["labels.min_labels=0"])


def test_an_alias_of_a_list_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\[labels.aliases\]"):
        load_config("category", ["labels.aliases={甲: [乙, 丙]}"])


def test_a_missing_file_names_what_ships() -> None:
    with pytest.raises(UsageError, match=r"no such configuration.*category.*topics"):
        load_config("no-such")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "公司", "# only a comment\n"])
def test_yaml_that_is_no_mapping(config_file, text: str) -> None:
    with pytest.raises(UsageError, match="holds no settings"):
        load_config(config_file(text))


@pytest.mark.parametrize("text", ["name: [x", "name: x\n\ttrain: y", "name: &a x\nlabels: *b\n"])
def test_broken_yaml_is_one_line(config_file, text: str) -> None:
    with pytest.raises(UsageError, match="broken YAML") as caught:
        load_config(config_file(text))
    assert "\n" not in str(caught.value)


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes("name: 公司\n".encode("gbk"))
    with pytest.raises(UsageError, match=r"gbk\.yaml: is not in UTF-8$"):
        load_config(str(path))


def test_object_tags_run_no_code(config_file, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    tag = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{marker}']]"
    with pytest.raises(UsageError):
        load_config(config_file(f"name: {tag}\n"))
    with pytest.raises(UsageError):
        load_config("topics", [f"model.base={tag}"])
    assert not marker.exists()


def test_what_becomes_of_other_labels() -> None:
    assert load_config("topics").labels.scheme().other == "drop"
    assert load_config("category", ["labels.other=其他"]).labels.scheme().other == "其他"
    with pytest.raises(UsageError, match="other is 其他"):
        load_config("topics", ["labels.other=其他"])
