"""The one boundary to transformers: encoders and tokenizers, loaded and saved."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from newsml.errors import ModelError, UsageError, missing_extra, reason
from newsml.model.layout import EMBEDDED, Layout, embedded_folder

VOCABULARIES = ("vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model")
"""Files from which transformers makes a fast tokenizer where there is no ``tokenizer.json``."""


def encoder_folder(base: str) -> str:
    """Return where a base encoder is: a folder, or the name of a model on the hub.

    Args:
        base: ``embedded``, or the embedded model's name where there is no such folder; a folder; or a name on
            the hub.
    """
    embedded = base == "embedded" or (base == EMBEDDED and not Path(base).is_dir())
    return str(embedded_folder()) if embedded else base


def load_encoder(base: str, *, eager: bool = False) -> tuple[Any, Any]:
    """Load an encoder in float32 and its tokenizer.

    Weights are read from safetensors alone, and no code of the model's is run.

    Args:
        base: as for `encoder_folder`.
        eager: spell attention out, which trains a fifth faster on a CPU than the fused kernel.

    Returns:
        transformers' model and fast tokenizer.

    Raises:
        UsageError: transformers or torch is not installed.
        ModelError: no such model here, and no hub in reach; or weights of another kind.
    """
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise missing_extra(error.name or "transformers", "train", "training and PyTorch models") from None
    place = encoder_folder(base)
    if Path(place).is_dir():
        folder = Path(place)
        for names in ((Layout(folder).encoder_config.name,), (Layout(folder).tokenizer.name, *VOCABULARIES)):
            if not any((folder / name).is_file() for name in names):
                raise ModelError(f"{place}: is no model folder of transformers ({names[0]} is missing)")
    elif place.count("/") > 1 or place.startswith((".", "/")):
        raise ModelError(f"{place}: no such model folder")
    try:
        with _quiet():
            # The configuration first: where the hub is out of reach, it alone is waited for.
            no_pooler = _no_pooler(place)
            tokenizer = AutoTokenizer.from_pretrained(place, use_fast=True, trust_remote_code=False)
            # A pooler is no part of the encoder: newsml pools by itself.
            model, loaded = AutoModel.from_pretrained(
                place,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,
                attn_implementation="eager" if eager else None,
                output_loading_info=True,
                **no_pooler,
            )
    except Exception as error:  # transformers, torch and safetensors raise many kinds
        where = (
            "in this folder"
            if Path(place).is_dir()
            else "here, and the model hub is not in reach or has none"
        )
        raise ModelError(
            f"{base}: no encoder with safetensors weights {where}; "
            f"give a local folder, as by model.base=FOLDER ({reason(error)})"
        ) from error
    _check_encoder(base, model, tokenizer, loaded["missing_keys"])
    return model, tokenizer


def _check_encoder(base: str, model: Any, tokenizer: Any, missing: Collection[str]) -> None:
    """Demand an encoder alone, all of its weights, and one of its vectors for each piece of the tokenizer.

    Raises:
        ModelError: it is none; transformers would make up what is missing at random.
    """
    if model.config.is_encoder_decoder:
        raise ModelError(f"{base}: is no encoder alone but a {model.config.model_type} with a decoder")
    if lacking := sorted(name for name in missing if "pooler" not in name):
        raise ModelError(
            f"{base}: its weights lack {len(lacking)} tensors of the encoder, such as {lacking[0]}"
        )
    pieces, vectors = (
        max(tokenizer.get_vocab().values(), default=0),
        model.get_input_embeddings().num_embeddings,
    )
    if pieces >= vectors:
        raise ModelError(f"{base}: its tokenizer has piece {pieces}, the encoder vectors for {vectors} only")


def enable_gradient_checkpointing(model: Any) -> None:
    """Make an encoder compute its activations again for the gradients: less memory, a third more time.

    Raises:
        UsageError: it cannot.

    Source: Chen, Xu, Zhang, Guestrin 2016, "Training Deep Nets with Sublinear Memory Cost".
    """
    if not model.supports_gradient_checkpointing:
        raise UsageError(f"[train.gradient_checkpointing] {type(model).__name__} knows none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of its next name, which older versions do not know
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


def save_encoder(model: Any, folder: Path, *, half: bool = False) -> None:
    """Save the encoder's configuration and weights, as AutoModel reads them.

    Args:
        model: transformers' model.
        folder: where to.
        half: in float16, half the size.
    """
    import copy

    import torch
    from safetensors import SafetensorError

    try:
        with _quiet():
            (copy.deepcopy(model).to(torch.float16) if half else model).save_pretrained(folder)
    except SafetensorError as error:
        raise UsageError(f"{folder}: {error}") from None


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Save the tokenizer, as AutoTokenizer and the package tokenizers read it."""
    with _quiet():
        tokenizer.save_pretrained(folder)


def _no_pooler(place: str) -> dict[str, bool]:
    from transformers import AutoConfig

    kind = AutoConfig.from_pretrained(place, trust_remote_code=False).model_type
    return {"add_pooling_layer": False} if kind in ("bert", "roberta", "xlm-roberta", "ernie") else {}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the bars and warnings of transformers and of its hub off the terminal."""
    from huggingface_hub.utils import logging as hub_logging
    from transformers.utils import logging

    levels = logging.get_verbosity(), hub_logging.get_verbosity()
    logging.set_verbosity_error()
    hub_logging.set_verbosity(logging.get_verbosity())
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(levels[0])
        hub_logging.set_verbosity(levels[1])
        logging.enable_progress_bar()
