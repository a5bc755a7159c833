"""The network in ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsml.errors import ModelError


class OnnxBackend:
    """Runs a network in ONNX Runtime on the CPU; see ``scoring.Backend``.

    Args:
        path: the ONNX file; all weights lie inside it.
        widths: the outputs that it must have, each with the length of its last axis.
        threads: CPU threads; 0 for one a core.

    Raises:
        ModelError: the file is missing, broken, or has other inputs and outputs.
    """

    def __init__(self, path: Path, widths: Mapping[str, int], threads: int = 0) -> None:
        # Else ONNX Runtime 1.29 and newer keep an id of the machine and send what they run.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # which is read at the import
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        self._path = path
        # Batches differ in shape: an arena would grow with every new one.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        # Weights in other files, which are no part of what was pinned, would be looked for in the current
        # folder; in a place that is no folder none are found.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path))
        try:
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
        outputs = {item.name: item.shape for item in self._session.get_outputs()}
        if inputs != {"input_ids", "attention_mask"} or not widths.keys() <= outputs.keys():
            raise ModelError(f"{path}: has other inputs or outputs than newsml's models")
        for name, width in widths.items():
            if not outputs[name] or outputs[name][-1] != width:
                raise ModelError(f"{path}: has {name} of shape {outputs[name]} for {width}")

    def run(
        self, outputs: Sequence[str], input_ids: NDArray[np.int64], attention_mask: NDArray[np.int64]
    ) -> list[NDArray[np.float32]]:
        """Return outputs of the network; see ``scoring.Backend``."""
        feeds = {"input_ids": input_ids, "attention_mask": attention_mask}
        try:
            return [np.asarray(values) for values in self._session.run(list(outputs), feeds)]
        except Exception as error:  # noqa: BLE001 - onnxruntime's own kinds share no base
            reason = " ".join(str(error).split())[:160]
            raise ModelError(
                f"{self._path}: fails on a window of {input_ids.shape[1]} tokens: {reason}"
            ) from None
