"""Runs the network as ImageNet left it over all views once: the frozen blocks give the same at every step of training."""

import multiprocessing
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from network import CHANNELS, FEATURES, STRIDE, Network
from numpy.typing import NDArray
from onnx import shape_inference
from onnx.utils import Extractor
from torch import nn

CHUNK = 2_000
BATCH = 50


class _Both(nn.Module):
    """What the frozen blocks give, and the features that the rest makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network(2).eval()

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Nx40x(S/8)x(S/8) and Nx1280."""
        planes = self.network.early(pixels)
        return planes, self.network.features(planes)


def early(work: Path, processes: int = 2) -> None:
    """WORK/squares.npy to WORK/early.npy, Nx(S/8)x(S/8)x40 in float16, and WORK/features.npy, Nx1280 in float32."""
    count, side = np.load(work / "squares.npy", mmap_mode="r").shape[:2]
    sample = torch.zeros(1, side, side, 3, dtype=torch.uint8)
    axes = {name: {0: "views"} for name in ("pixels", "planes", "features")}
    torch.onnx.export(_Both(), (sample,), str(work / "early.onnx"), input_names=["pixels"],
                      output_names=["planes", "features"], dynamic_axes=axes, opset_version=17, dynamo=False)  # fmt: skip
    shape = (count, side // STRIDE, side // STRIDE, CHANNELS)
    planes = np.lib.format.open_memmap(work / "early.npy", "w+", np.float16, shape)
    found = np.zeros((count, FEATURES), np.float32)
    jobs = [(work, start) for start in range(0, count, CHUNK)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for (_, start), (some, of_them) in zip(jobs, pool.imap(_chunk, jobs), strict=True):
            planes[start : start + len(some)] = some
            found[start : start + len(some)] = of_them
    np.save(work / "features.npy", found)
    plain = np.load(work / "plain_squares.npy", mmap_mode="r")
    np.save(
        work / "plain_features.npy", found_by(work / "early.onnx", plain, np.arange(len(plain)), "features")
    )


def found_by(
    network: Path, squares: NDArray[np.uint8], rows: NDArray[np.int64], output: str = "found"
) -> NDArray[np.float32]:
    """What the last layer of an exported network sees of these rows, Nx1280."""
    session = _session(network)
    batches = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
    return np.concatenate([session.run([output], {"pixels": squares[batch]})[0] for batch in batches])


def found_later(network: Path, planes: NDArray[np.float16], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """As `found_by`, from what the frozen blocks gave of these rows, so that only the later blocks are run."""
    later = Extractor(shape_inference.infer_shapes(onnx.load(network))).extract_model(["planes"], ["found"])
    later.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "views"
    session = _session(later.SerializeToString())
    batches = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
    shown = (planes[batch].transpose(0, 3, 1, 2).astype(np.float32) for batch in batches)
    return np.concatenate([session.run(["found"], {"planes": np.ascontiguousarray(one)})[0] for one in shown])


def _session(network: Path | bytes) -> onnxruntime.InferenceSession:
    """One network on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    given = network if isinstance(network, bytes) else str(network)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


def _chunk(job: tuple[Path, int]) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """One stretch of views."""
    work, start = job
    squares = np.load(work / "squares.npy", mmap_mode="r")[start : start + CHUNK]
    session = _session(work / "early.onnx")
    planes, found = [], []
    for first in range(0, len(squares), BATCH):
        some, of_them = session.run(None, {"pixels": np.ascontiguousarray(squares[first : first + BATCH])})
        planes.append(some.transpose(0, 2, 3, 1).astype(np.float16))
        found.append(of_them)
    return np.concatenate(planes), np.concatenate(found)
