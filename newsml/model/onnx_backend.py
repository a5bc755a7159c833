"""The network in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsml.errors import ModelError


class OnnxBackend:
    """Runs a network in ONNX Runtime on the CPU; see ``scoring.Backend``.

    Args:
        path: the ONNX file; all weights lie inside it.
        labels: number of outputs that it must have.
        threads: CPU threads; 0 for one a core.

    Raises:
        ModelError: the file is missing, broken, or has other inputs and outputs.
    """

    def __init__(self, path: Path, labels: int, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        self._path = path
        # Batches differ in shape: an arena would grow with every new one.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            # From bytes: a model in memory cannot name other files to load.
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror or error}") from None
        except Exception as error:  # noqa: BLE001 - onnxruntime's own kinds share no base
            raise ModelError(
                f"{path}: not a usable ONNX model: {' '.join(str(error).split())[:160]}"
            ) from None
        inputs = {item.name for item in self._session.get_inputs()}
        outputs = self._session.get_outputs()
        if inputs != {"input_ids", "attention_mask"} or [o.name for o in outputs] != ["logits"]:
            raise ModelError(f"{path}: has other inputs or outputs than newsml's models")
        if not outputs[0].shape or outputs[0].shape[-1] != labels:
            raise ModelError(f"{path}: has outputs of shape {outputs[0].shape} for {labels} labels")

    def logits(self, input_ids: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits. *Shape:* ``(batch, labels)``."""
        feeds = {"input_ids": input_ids, "attention_mask": attention_mask}
        try:
            return np.asarray(self._session.run(["logits"], feeds)[0])
        except Exception as error:  # noqa: BLE001 - onnxruntime's own kinds share no base
            reason = " ".join(str(error).split())[:160]
            raise ModelError(
                f"{self._path}: fails on a window of {input_ids.shape[1]} tokens: {reason}"
            ) from None
