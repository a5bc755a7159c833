"""The network in ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsml.errors import ModelError, reason
from newsml.model.tokenization import Window


class OnnxBackend:
    """Runs a network in ONNX Runtime on the CPU; see ``scoring.Backend``.

    Args:
        path: the ONNX file; all weights lie inside it.
        widths: the outputs that it must have, each with the length of its last axis.
        threads: windows that are read at the same time, each on a CPU thread of its own; 0 for one a core
            that this process may use.

    Raises:
        ModelError: the file is missing, broken, or has other inputs and outputs.
    """

    def __init__(self, path: Path, widths: Mapping[str, int], threads: int = 0) -> None:
        # Else ONNX Runtime 1.29 and newer keep an id of the machine and send what they run.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # which is read at the import
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # small matrices: threads that share one wait for one another
        options.log_severity_level = 4
        options.enable_mem_pattern = False  # windows differ in length: there would be one for each
        self._path = path
        self._threads = threads or count_cores()
        # Weights in other files, which are no part of what was pinned, would be looked for in the current
        # folder; in a place that is no folder none are found.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path))
        try:
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=["SkipLayerNormFusion"],  # five times as slow as its two parts
            )
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror or error}") from None
        except Exception as error:  # noqa: BLE001 - onnxruntime's own kinds share no base
            raise ModelError(f"{path}: not a usable ONNX model: {reason(error)}") from None
        inputs = {item.name for item in self._session.get_inputs()}
        outputs = {item.name: item.shape for item in self._session.get_outputs()}
        if inputs != {"input_ids", "attention_mask"} or not widths.keys() <= outputs.keys():
            raise ModelError(f"{path}: has other inputs or outputs than newsml's models")
        for name, width in widths.items():
            if not outputs[name] or outputs[name][-1] != width:
                raise ModelError(f"{path}: has {name} of shape {outputs[name]} for {width}")

    def run(
        self, outputs: Sequence[str], windows: Sequence[Window], *, pad_id: int, batch_size: int
    ) -> list[list[NDArray[np.float32]]]:
        """Return outputs of the network; see ``scoring.Backend``.

        Each window is run by itself, and nothing is padded: what is computed in 8 bits has the range of its
        window, so that the values of a window do not depend on those that are read with it.
        """
        rows: list[list[NDArray[np.float32]]] = [[np.empty(0, np.float32)] * len(windows) for _ in outputs]
        longest_first = sorted(range(len(windows)), key=lambda i: -len(windows[i]))
        pool = ThreadPoolExecutor(self._threads)
        try:
            found = pool.map(lambda i: self._run_one(outputs, windows[i]), longest_first)
            for i, values in zip(longest_first, found, strict=True):
                for kind, value in enumerate(values):
                    rows[kind][i] = value
        finally:
            pool.shutdown(cancel_futures=True)  # where one failed, or the user interrupts
        return rows

    def _run_one(self, outputs: Sequence[str], window: Window) -> list[NDArray[np.float32]]:
        input_ids = np.array([window], np.int64)
        feeds = {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)}
        try:
            return [np.asarray(values)[0] for values in self._session.run(list(outputs), feeds)]
        except Exception as error:  # noqa: BLE001 - onnxruntime's own kinds share no base
            raise ModelError(
                f"{self._path}: fails on a window of {len(window)} tokens: {reason(error)}"
            ) from None


def count_cores() -> int:
    """Return how many cores this process may use; Windows and macOS say how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
