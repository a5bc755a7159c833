"""Adapt an encoder to financial news by masked language modelling.

    python scripts/pretrain.py --base BASE --text FILE_OR_DIR... --output MODEL [--exclude FILE_OR_DIR...]

The head that guesses the masked pieces is dropped at the end; MODEL is a folder that plain transformers
loads. Half an hour for three epochs over 3.2 million pieces with six layers of width 384 on two CPU cores
with AVX512-BF16, in bf16.

Source: Gururangan et al. 2020, "Don't Stop Pretraining: Adapt Language Models to Domains and Tasks".
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertForMaskedLM

from newsml.model.network import choose_device

sys.path.insert(0, str(Path(__file__).parent))
from targets import read_texts

WINDOW = 192  # pieces, special ones included
BATCH = 4096  # pieces a step
MASKED = 0.2  # Wettig et al. 2023, "Should You Mask 15% in Masked Language Modeling?"
LEARNING_RATE, HEAD_LEARNING_RATE, WARMUP = 4e-4, 1e-3, 0.06
SEED = 13


def cut(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Return the texts in windows of ids."""
    room = WINDOW - 2
    return [
        [tokenizer.cls_token_id, *ids[at : at + room], tokenizer.sep_token_id]
        for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]
        for at in range(0, len(ids), room)
        if len(ids) - at >= 8
    ]


def batches(windows: list[list[int]], seed: int) -> Iterator[list[list[int]]]:
    """Yield windows of like length together, in a random order of batches."""
    chance = random.Random(seed)
    order = sorted(range(len(windows)), key=lambda i: len(windows[i]) + 12 * chance.random())
    found: list[list[list[int]]] = [[]]
    longest = 0
    for window in (windows[i] for i in order):
        longest = max(longest, len(window))
        if longest * (len(found[-1]) + 1) > BATCH:
            found.append([])
            longest = len(window)
        found[-1].append(window)
    chance.shuffle(found)
    yield from found


def mask(ids: Tensor, readable: Tensor, mask_id: int, vocabulary: int) -> tuple[Tensor, Tensor]:
    """Return ids with some hidden, and which: of ten, eight by the mask, one by any piece, one as it is."""
    hidden = (torch.rand(ids.shape) < MASKED) & readable
    how = torch.rand(ids.shape)
    spoilt = torch.where(
        how < 0.8, mask_id, torch.where(how < 0.9, torch.randint_like(ids, 5, vocabulary), ids)
    )
    return torch.where(hidden, spoilt, ids), hidden


def pretrain(base: str, texts: list[str], output: Path, epochs: int, precision: str) -> None:
    """Train, and save the encoder and its tokenizer."""
    torch.manual_seed(SEED)
    device = choose_device("auto")
    mixed = precision == "bf16" or (precision == "auto" and device.type == "cuda")
    tokenizer = AutoTokenizer.from_pretrained(base)
    config = AutoConfig.from_pretrained(base)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    config._attn_implementation = "eager"
    model = BertForMaskedLM(config)
    encoder = AutoModel.from_pretrained(base, dtype=torch.float32, add_pooling_layer=False)
    model.bert.load_state_dict(encoder.state_dict())
    model.tie_weights()
    model.to(device)
    groups = [
        {"params": list(model.bert.parameters()), "peak": LEARNING_RATE},
        {
            "params": [p for n, p in model.cls.named_parameters() if "decoder.weight" not in n],
            "peak": HEAD_LEARNING_RATE,
        },
    ]
    optimizer = torch.optim.AdamW(
        groups, lr=LEARNING_RATE, weight_decay=0.01, betas=(0.9, 0.98), eps=1e-6, fused=True
    )
    windows = cut(tokenizer, texts)
    steps = sum(sum(1 for _ in batches(windows, epoch)) for epoch in range(epochs))
    warmup, step = max(round(WARMUP * steps), 1), 0
    special = torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id])
    for epoch in range(epochs):
        for batch in batches(windows, epoch):
            rows = [torch.tensor(window) for window in batch]
            ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=tokenizer.pad_token_id)
            inputs, hidden = mask(ids, ~torch.isin(ids, special), tokenizer.mask_token_id, config.vocab_size)
            ids, inputs, hidden = ids.to(device), inputs.to(device), hidden.to(device)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * min(
                    (step + 1) / warmup, (steps - step) / max(steps - warmup, 1)
                )
            with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
                attention_mask = (ids != tokenizer.pad_token_id).long()
                states = model.bert(input_ids=inputs, attention_mask=attention_mask).last_hidden_state
                logits = model.cls(states[hidden])
            loss = nn.functional.cross_entropy(logits.float(), ids[hidden])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % 100 == 0:
                print(f"step {step} of {steps}, loss {loss.item():.3f}", flush=True)
    model.bert.save_pretrained(output)
    tokenizer.save_pretrained(output)


def main() -> None:
    """Read the texts and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", required=True, help="encoder to start from")
    parser.add_argument("--text", nargs="+", required=True, help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--exclude", nargs="*", default=[], help="texts that must not be seen")
    parser.add_argument("--output", type=Path, required=True, help="folder for the encoder")
    parser.add_argument("--epochs", type=int, default=3, help="passes over the texts")
    parser.add_argument(
        "--precision", default="auto", choices=("auto", "fp32", "bf16"), help="auto: bf16 on a GPU"
    )
    options = parser.parse_args()
    unseen = set(read_texts(options.exclude))
    texts = [text for text in dict.fromkeys(read_texts(options.text)) if text not in unseen]
    pretrain(options.base, texts, options.output, options.epochs, options.precision)


if __name__ == "__main__":
    main()
