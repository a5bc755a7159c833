"""What goes wrong in training says so in one line, and what a training leaves tells its course."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from newsml.config import Config
from newsml.domain import Example
from newsml.model.checksums import pin_files
from newsml.model.layout import Layout


def changed(folder, tmp_path, *, config=None, weights=None):
    """Return a copy of a model folder with another configuration or other weights."""
    copy = tmp_path / "changed"
    shutil.copytree(folder, copy)
    if config is not None:
        tree = json.loads((copy / "config.json").read_text(encoding="utf-8"))
        (copy / "config.json").write_text(json.dumps(tree | config), encoding="utf-8")
    if weights is not None:
        save_file(weights(load_file(copy / "model.safetensors")), copy / "model.safetensors")
    if (copy / "SHA256SUMS").exists():
        pin_files(Layout(copy))
    return copy


def without_a_layer(tensors):
    return {name: value for name, value in tensors.items() if "layer.1." not in name}


def under_other_names(tensors):
    return {f"other.{name}": value for name, value in tensors.items()}


@pytest.mark.parametrize(("weights", "lacking"), [(without_a_layer, 16), (under_other_names, 37)])
def test_a_base_that_lacks_weights_is_none(newsml, tmp_path, labelled, tiny_base, weights, lacking):
    base = changed(tiny_base, tmp_path, weights=weights)
    outcome = newsml(
        "train", "topics", "--data", labelled, "--output", tmp_path / "m", "--set", f"model.base={base}"
    )
    assert outcome.code == 4
    assert f"{base}: its weights lack {lacking} tensors of the encoder" in outcome.err
    assert not (tmp_path / "m").exists()


def test_a_model_that_lacks_weights_gives_no_scores(newsml, tmp_path, labelled, tiny_model):
    model = changed(tiny_model, tmp_path, weights=without_a_layer)
    outcome = newsml("classify", labelled, "--model", model)
    assert outcome.code == 4 and "lack 16 tensors" in outcome.err and not outcome.out


def test_weights_that_are_no_numbers_give_no_scores(newsml, tmp_path, labelled, tiny_model):
    copy = changed(tiny_model, tmp_path)
    (head,) = copy.glob("head.*.safetensors")
    save_file({name: value * float("nan") for name, value in load_file(head).items()}, head)
    pin_files(Layout(copy))
    outcome = newsml("classify", labelled, "--model", copy)
    assert outcome.code == 4 and "its weights are damaged" in outcome.err and not outcome.out


def test_a_tokenizer_with_more_pieces_than_vectors_is_refused(newsml, tmp_path, labelled, tiny_base):
    base = changed(
        tiny_base,
        tmp_path,
        config={"vocab_size": 200},
        weights=lambda tensors: {
            name: value[:200].clone() if "word_embeddings" in name else value
            for name, value in tensors.items()
        },
    )
    outcome = newsml(
        "train", "topics", "--data", labelled, "--output", tmp_path / "m", "--set", f"model.base={base}"
    )
    assert outcome.code == 4 and "the encoder vectors for 200 only" in outcome.err


def test_a_base_with_a_vocabulary_alone_is_one(tmp_path, tiny_base):
    from newsml.model.hf import load_encoder

    base = changed(tiny_base, tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (base / name).unlink()
    (base / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"央行降准"]))
    _, tokenizer = load_encoder(str(base))
    assert tokenizer.tokenize("央行降准") == list("央行降准")


def test_the_positions_of_roberta_begin_behind_the_padding(tmp_path, tiny_base):
    from transformers import RobertaConfig, RobertaModel

    from newsml.config import ModelConfig
    from newsml.model.base import load_base

    folder = tmp_path / "roberta"
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny_base / name, folder / name)
    vocab = json.loads((tiny_base / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    config = RobertaConfig(
        vocab_size=vocab,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=66,
        pad_token_id=1,
    )
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    base = load_base(ModelConfig(base=str(folder), window=256), torch.device("cpu"))
    assert base.window == 64
    ids = torch.full((1, base.window), 5)
    base.encoder(input_ids=ids, attention_mask=torch.ones_like(ids))


def test_the_base_is_not_written_over(newsml, tmp_path, labelled, tiny_base):
    base = changed(tiny_base, tmp_path)
    before = (base / "model.safetensors").read_bytes()
    outcome = newsml("train", "topics", "--data", labelled, "--output", base, "--set", f"model.base={base}")
    assert outcome.code == 2 and "take another folder" in outcome.err
    outcome = newsml("train", "topics", "--data", labelled, "--output", base)
    assert outcome.code == 2 and "holds a model already" in outcome.err
    assert (base / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize("more", [(), ("--resume",)])
def test_what_lies_in_a_folder_is_not_written_over(newsml, tmp_path, labelled, more):
    folder = tmp_path / "project"
    folder.mkdir()
    data = folder / "README.md"
    data.write_bytes(labelled.read_bytes())
    before = data.read_bytes()
    outcome = newsml("train", "topics", "--data", data, "--output", folder, *more)
    assert outcome.code == 2 and f"--output {folder}: is there already; take a new folder" in outcome.err
    assert data.read_bytes() == before and list(folder.iterdir()) == [data]


def test_a_model_leaves_the_scores_of_every_epoch_and_label(tiny_model):
    history = json.loads((tiny_model / "history.json").read_text(encoding="utf-8"))
    metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    assert all(row["loss"] > 0 for row in history)
    (kept,) = [row for row in history if row["epoch"] == metrics["epoch"]]
    assert kept["best"] and kept["micro_f1"] == metrics["micro_f1"]
    spec = json.loads((tiny_model / "newsml.json").read_text(encoding="utf-8"))
    assert [row["label"] for row in metrics["labels"]] == spec["scheme"]["names"]
    assert sum(row["support"] for row in metrics["labels"]) == metrics["n"]
    card = (tiny_model / "README.md").read_text(encoding="utf-8")
    assert re.search(r"\| 公司 \| [01]\.\d{3} \| [01]\.\d{3} \| [01]\.\d{3} \| \d+ \|", card)


def test_a_card_needs_no_scores_of_labels(tiny_model, tmp_path):
    from newsml.model.card import write_card

    copy = changed(tiny_model, tmp_path)
    metrics = json.loads((copy / "metrics.json").read_text(encoding="utf-8"))
    del metrics["labels"]
    (copy / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    write_card(Layout(copy))
    assert "| label |" not in (copy / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["network.safetensors", "optimizer.safetensors", "state.json"])
def test_a_damaged_state_is_told(tmp_path, name):
    from newsml.errors import UsageError
    from newsml.model.optimisation import MeanWeights
    from newsml.model.resume import State, restore_state, save_state

    network = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    mean = MeanWeights(network, 0.0)
    save_state(tmp_path / "s", State("x", 3, loss=0.1, history=[{"epoch": 1}]), network, optimizer, mean)
    restored = restore_state(tmp_path / "s", "x", network, optimizer, mean)
    assert (restored.step, restored.loss, restored.history) == (3, 0.1, [{"epoch": 1}])
    (tmp_path / "s" / name).write_bytes(b"{")
    with pytest.raises(UsageError, match="is damaged; delete it"):
        restore_state(tmp_path / "s", "x", network, optimizer, mean)


def test_the_only_examples_of_a_label_are_learned():
    from newsml.dataset import split_examples

    many = [Example(f"a{i}", f"第{i}家公司{i * 7919}派息。", ("公司",)) for i in range(40)]
    once = [Example(f"b{i}", f"{i * 104729}号航线停航。", (f"甲{i}",)) for i in range(20)]
    train, validation = split_examples([*many, *once], validation_share=0.1, seed=13)
    assert {label for e in validation for label in e.labels} == {"公司"}
    assert len(train) + len(validation) == 60


def test_a_missed_gate_is_told_though_the_reader_has_gone(
    tmp_path, labelled, tiny_model, monkeypatch, newsml
):
    def gone(metrics):
        raise BrokenPipeError

    gate = tmp_path / "gate.yaml"
    gate.write_text("micro_f1: 1.01\n", encoding="utf-8")
    monkeypatch.setattr("newsml.cli.evaluate._print_table", gone)
    options = (
        "evaluate",
        "--model",
        tiny_model,
        "--data",
        labelled,
        "--output",
        tmp_path / "r",
        "--no-explain",
    )
    assert newsml(*options, "--gate", gate).code == 5
    assert newsml(*options).code == 0


def test_all_of_it_from_python(tmp_path, labelled, tiny_base):
    import newsml

    told = []

    class Watcher(newsml.learn.Silence):
        def note(self, line):
            told.append(line)

    settings = ["model.window=64", "train.epochs=2", "train.batch_size=8", f"model.base={tiny_base}"]
    metrics = newsml.train(
        "topics", labelled, tmp_path / "m", overrides=settings, device="cpu", watcher=Watcher()
    )
    assert metrics["n"] + metrics["n_train"] == 80 and told[0].startswith("72 examples to train on")
    with pytest.raises(newsml.NewsmlError, match="holds a model already"):
        newsml.train("topics", str(labelled), tmp_path / "m", overrides=settings)
    model = newsml.load_model(tmp_path / "m")
    examples = newsml.build_examples(newsml.read_posts(str(labelled)), model.spec.scheme)
    scores = {score.name: score for score in newsml.evaluate_classifier(model, examples).scores}
    assert 0 <= scores["micro_f1"].ci95[0] <= scores["micro_f1"].value <= 1
    drifts = newsml.export_model(tmp_path / "m", tmp_path / "p")
    assert drifts["float32"].probability < 0.001
    posts = [newsml.Post("a", "", "央行宣布降准。股市上涨。", summary="央行降准")]
    result = newsml.evaluate_summaries(posts, lambda texts: [newsml.summarize(text) for text in texts])
    assert {score.name for score in result.scores} >= {"rouge_mean", "length"}


def test_a_configuration_and_its_data_are_given_by_name_or_path(tmp_path):
    import newsml

    file, empty = tmp_path / "c.yaml", tmp_path / "empty.jsonl"
    file.write_text("name: news\nlabels:\n  names: [甲, 乙]\n", encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    for config in ("topics", str(file), file):
        for data in (str(empty), empty, [empty], [str(empty), empty]):
            with pytest.raises(newsml.NewsmlError, match=r"empty.jsonl: holds no usable post"):
                newsml.train(config, data, tmp_path / "m")


@pytest.mark.parametrize("config", ["category", "salience"])
def test_it_is_said_that_there_is_no_such_folder(tmp_path, config):
    import newsml

    with pytest.raises(newsml.NewsmlError, match=r"nowhere: no such file or folder"):
        newsml.train(config, tmp_path / "nowhere", tmp_path / "m")


def test_a_model_is_not_put_among_the_posts(tmp_path, labelled):
    import newsml

    (tmp_path / "posts" / "more").mkdir(parents=True)
    for output in ("posts", "posts/more", "posts/new/model"):
        with pytest.raises(newsml.NewsmlError, match=r"which is read|: is read"):
            newsml.train("topics", labelled, tmp_path / output, validation=tmp_path / "posts")
    assert list((tmp_path / "posts").iterdir()) == [tmp_path / "posts" / "more"]
    for output in ("posts/.model", "posts-model"):  # not read with the folder
        with pytest.raises(newsml.NewsmlError, match="no posts in this folder"):
            newsml.train("topics", tmp_path / "posts", tmp_path / output)


def test_overrides_beside_a_configuration_are_not_passed_over(tmp_path, labelled):
    import newsml

    with pytest.raises(newsml.NewsmlError, match="give a Config as it is to be"):
        newsml.train(Config("news"), labelled, tmp_path / "m", overrides=["train.epochs=3"])
