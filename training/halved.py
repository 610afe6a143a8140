"""Weights as half-precision numbers on disk; the runtime turns them back once, when it loads, and computes as before."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEAST = 1_024  # numbers; smaller tensors (biases, paddings) are not worth it


def halve(path: Path) -> None:
    """Rewrite an ONNX file in place: large float32 constants become float16 with a cast behind them."""
    model = onnx.load(str(path))
    kept, casts = [], []
    for constant in model.graph.initializer:
        values = numpy_helper.to_array(constant)
        if constant.data_type != TensorProto.FLOAT or values.size < LEAST:
            kept.append(constant)
            continue
        name = f"{constant.name}_half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), name))
        casts.append(helper.make_node("Cast", [name], [constant.name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
