"""Writes the text detector that ships: the published network, without the layers that arithmetic can do beforehand.

The published file scales, shifts and normalises after almost every convolution, and spells hard-swish in four
operators that the runtime does one by one. Here the constants are multiplied into the convolutions (in 64 bits) and
hard-swish becomes two operators that stay in the runtime's blocked layout. The answers are the same to five digits; it
takes 0.55 of the time. Where a padded convolution follows a shift, the shift stays a layer, because the padding is zero
only before it.

    python training/fold_text_network.py ch_PP-OCRv4_det_infer.onnx gateway/detect/text_weights/ch_PP-OCRv4_det_folded.onnx
"""

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

SOURCE_SHA256 = "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9"
DEVIATIONS = (0.229, 0.224, 0.225)
"""What the published network wants its planes divided by, after 255; the means are subtracted by the caller."""
TOLERANCE = 1e-3


@dataclass(slots=True)
class Graph:
    """The network's operators in order, and its constants by name."""

    nodes: list[NodeProto]
    constants: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def only_reader(self, name: str) -> NodeProto | None:
        """The one operator that reads a value; None where there are several or none."""
        found = [node for node in self.nodes if name in node.input]
        return found[0] if len(found) == 1 else None

    def constant_of(self, node: NodeProto) -> NDArray[np.float64] | None:
        """The constant among the inputs of an operator, flat; None where there is none."""
        names = [name for name in node.input if name in self.constants]
        return self.constants[names[0]].astype(np.float64).ravel() if len(names) == 1 else None


def opened(path: Path) -> tuple[onnx.ModelProto, Graph]:
    """The published network."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise SystemExit("this is not the file that the figures were measured with")
    model = onnx.load_model_from_string(data)
    graph = Graph([node for node in model.graph.node if node.op_type != "Constant"])
    for node in model.graph.node:
        if node.op_type == "Constant":
            graph.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return model, graph


def attribute(node: NodeProto, name: str, default: object) -> object:
    """One attribute of an operator."""
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)


def fold_into(graph: Graph, node: NodeProto) -> None:
    """Multiply and add what follows a convolution into its weights, as long as nobody else reads its result."""
    turned = node.op_type == "ConvTranspose"
    weights = graph.constants[node.input[1]].astype(np.float64)
    channels = weights.shape[1 if turned else 0]
    shape = (1, -1, 1, 1) if turned else (-1, 1, 1, 1)
    bias = graph.constants[node.input[2]].astype(np.float64) if len(node.input) > 2 else np.zeros(channels)
    result = last = node.output[0]
    while (after := graph.only_reader(last)) is not None:
        if after.op_type == "BatchNormalization":
            scale, shift, mean, variance = (graph.constants[n].astype(np.float64) for n in after.input[1:5])
            factor = scale / np.sqrt(variance + float(attribute(after, "epsilon", 1e-5)))  # type: ignore[arg-type]
            weights, bias = weights * factor.reshape(shape), (bias - mean) * factor + shift
        elif after.op_type in {"Mul", "Add"} and (value := graph.constant_of(after)) is not None:
            if value.size not in {1, channels}:
                break
            if after.op_type == "Mul":
                weights, bias = weights * value.reshape(shape), bias * value
            else:
                bias = bias + value
        else:
            break
        graph.nodes.remove(after)
        last = after.output[0]
    rename(graph, last, result)
    set_weights(graph, node, weights, bias)


def rename(graph: Graph, old: str, new: str) -> None:
    """Let everybody who reads `old` read `new`."""
    for node in graph.nodes:
        for index, name in enumerate(node.input):
            if name == old:
                node.input[index] = new


def set_weights(
    graph: Graph, node: NodeProto, weights: NDArray[np.float64], bias: NDArray[np.float64]
) -> None:
    """Give a convolution other numbers."""
    names = [node.output[0] + "_weights", node.output[0] + "_bias"]
    graph.constants |= {names[0]: weights.astype(np.float32), names[1]: bias.astype(np.float32)}
    source = node.input[0]
    del node.input[:]
    node.input.extend([source, *names])


def fold_hard_swish(graph: Graph, plus_three: NodeProto) -> None:
    """Write x * clip(x + 3, 0, 6) / 6, then maybe * a + b, as x * hard_sigmoid(x); a and b go into the next convolutions."""
    source = next(name for name in plus_three.input if name not in graph.constants)
    chain = [plus_three]
    for expected in ("Clip", "Mul", "Div", "Mul", "Add"):
        after = graph.only_reader(chain[-1].output[0])
        if after is None or after.op_type != expected:
            break
        chain.append(after)
    assert len(chain) in {4, 6}
    scale, shift = 1.0, 0.0
    if len(chain) == 6:
        scale, shift = (float(value[0]) for n in chain[4:] if (value := graph.constant_of(n)) is not None)
    result, place = chain[-1].output[0], graph.nodes.index(plus_three)
    for node in chain:
        graph.nodes.remove(node)
    swish = result + "_swish"
    new = [
        helper.make_node("HardSigmoid", [source], [swish + "_gate"], alpha=1 / 6, beta=0.5),
        helper.make_node("Mul", [source, swish + "_gate"], [swish]),
    ]
    others = False
    for reader in [node for node in graph.nodes if result in node.input]:
        if reader.op_type == "Conv" and max(attribute(reader, "pads", [0])) == 0:  # type: ignore[call-overload]
            weights, bias = (graph.constants[name].astype(np.float64) for name in reader.input[1:3])
            set_weights(graph, reader, weights * scale, bias + shift * weights.sum(axis=(1, 2, 3)))
            reader.input[0] = swish
        else:
            others = True
    if others:  # written as a normalisation, which the runtime does in its blocked layout
        channels = graph.constants[source + "_weights"].shape[0]
        values = {"_scale": scale, "_shift": shift, "_mean": 0.0, "_one": 1.0}
        graph.constants |= {
            result + name: np.full(channels, value, np.float32) for name, value in values.items()
        }
        names = [swish, *(result + name for name in values)]
        new.append(helper.make_node("BatchNormalization", names, [result], epsilon=0.0))
    graph.nodes[place:place] = new


def fold_gate(graph: Graph, add: NodeProto) -> None:
    """Write x + x * gate as x * (gate + 1): one large operation less."""
    for mul in [node for node in graph.nodes if node.op_type == "Mul" and node.output[0] in add.input]:
        other = next(name for name in add.input if name != mul.output[0])
        if other in mul.input and graph.only_reader(mul.output[0]) is add:
            gate = next(name for name in mul.input if name != other)
            graph.constants["one"] = np.ones(1, np.float32)
            graph.nodes.insert(
                graph.nodes.index(mul), helper.make_node("Add", [gate, "one"], [gate + "_one"])
            )
            mul.input[:] = [other, gate + "_one"]
            mul.output[0] = add.output[0]
            graph.nodes.remove(add)
            return


def main() -> None:
    """Read, fold, compare, write."""
    source, target = map(Path, sys.argv[1:])
    model, graph = opened(source)
    for node in list(graph.nodes):
        if node.op_type in {"Conv", "ConvTranspose"}:
            fold_into(graph, node)
    for node in list(graph.nodes):
        if (
            node.op_type == "Add"
            and (value := graph.constant_of(node)) is not None
            and value.tolist() == [3.0]
        ):
            fold_hard_swish(graph, node)
    for node in list(graph.nodes):
        if node.op_type == "Add":
            fold_gate(graph, node)
    first = next(node for node in graph.nodes if "x" in node.input)
    weights, bias = (graph.constants[name].astype(np.float64) for name in first.input[1:3])
    planes = np.array(DEVIATIONS).reshape(1, 3, 1, 1) * 255
    set_weights(graph, first, weights / planes, bias)
    used = {name for node in graph.nodes for name in node.input}
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(graph.nodes)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in graph.constants.items()
        if name in used
    )
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    seen = np.random.default_rng(1).integers(0, 128, (1, 3, 320, 448)).astype(np.float32)
    seen[..., 100:140, 60:300] = 240 * (seen[..., 100:140, 60:300] > 64)
    (before,) = onnxruntime.InferenceSession(str(source)).run(None, {"x": seen / planes.astype(np.float32)})
    (after,) = onnxruntime.InferenceSession(data).run(None, {"x": seen})
    difference = float(np.abs(before - after).max())
    print(f"largest difference {difference:.1e}; largest value {before.max():.3f}")
    if difference > TOLERANCE:
        raise SystemExit("the folded network answers differently")
    target.write_bytes(data)
    print(hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    main()
