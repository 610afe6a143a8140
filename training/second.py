"""Fits the second opinion: small heads on what the network gives as ImageNet left it, averaged.

Fine-tuning gains on the kinds that training shows and loses a little on sources that look different; features that were
never tuned make other mistakes, and the mean of both is better than either (`docs/model-card.md`). The frozen blocks are
the first network's own, so that the second costs only its later blocks.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from corpus import ORDINARY
from halved import halve
from network import CHANNELS, STRIDE, Network
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

SEEDS = (0, 1)
HIDDEN = 256
STEPS = 2_200
BATCH = 256
RATE, DECAY = 1e-3, 0.05
SMOOTHING, BINARY_SMOOTHING = 0.05, 0.01
PLAIN = 0.4  # of what is shown are pictures as they are, rare sources as often as their square root

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shown:
    """Features NxF, class indices N, and how often each row is shown (N, sums to one)."""

    found: Floats
    targets: NDArray[np.int64]
    chance: NDArray[np.float64]


def shown(work: Path, left_out: int | None) -> Shown:
    """Dressed-up views and pictures as they are, without the sources of one fold."""
    plain = np.load(work / "plain.npz")
    sources = plain["sources"]
    counts = dict(zip(*np.unique(sources, return_counts=True), strict=True))
    rare = np.array([1 / np.sqrt(counts[source]) for source in sources])
    keep = np.load(work / "folds.npy") != left_out
    keep_plain = plain["folds"] != left_out
    chance = [
        np.full(keep.sum(), (1 - PLAIN) / keep.sum()),
        PLAIN * rare[keep_plain] / rare[keep_plain].sum(),
    ]
    found = [np.load(work / "features.npy")[keep], np.load(work / "plain_features.npy")[keep_plain]]
    targets = [np.load(work / "targets.npy")[keep], plain["targets"][keep_plain]]
    return Shown(np.concatenate(found), np.concatenate(targets), np.concatenate(chance))


class SmallHead(nn.Module):
    """One hidden layer on standardised features; Nx1280 to NxC logits."""

    def __init__(self, rows: Shown, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(rows.found.mean(axis=0)))
        self.register_buffer("scale", torch.from_numpy(1 / (rows.found.std(axis=0) + 1e-3)))
        features = rows.found.shape[1]
        self.layers = nn.Sequential(nn.Dropout(0.2), nn.Linear(features, HIDDEN), nn.ReLU(),
                                    nn.Dropout(0.5), nn.Linear(HIDDEN, classes))  # fmt: skip

    def forward(self, found: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self.layers((found - self.mean) * self.scale)


def small_head(rows: Shown, medical: NDArray[np.bool_], seed: int) -> SmallHead:
    """AdamW on one cycle of the rate; classes and, separately, whether medical, as in `fit.py`."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    head = SmallHead(rows, len(medical))
    found, targets, is_medical = (torch.from_numpy(one) for one in (rows.found, rows.targets, medical))
    optimizer = torch.optim.AdamW(head.layers.parameters(), lr=RATE, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS + 1)
    upto = np.cumsum(rows.chance) / rows.chance.sum()
    for _ in range(STEPS):
        chosen = np.searchsorted(upto, random.random(BATCH)).clip(max=len(upto) - 1)
        logits, wanted = head(found[chosen]), targets[chosen]
        odds = logits[:, is_medical].logsumexp(1) - logits[:, ~is_medical].logsumexp(1)
        target = is_medical[wanted].float() * (1 - 2 * BINARY_SMOOTHING) + BINARY_SMOOTHING
        loss = 0.5 * functional.cross_entropy(logits, wanted, label_smoothing=SMOOTHING)
        loss = loss + functional.binary_cross_entropy_with_logits(odds, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    return head.eval()


class SecondOpinion(nn.Module):
    """Nx40x(S/8)x(S/8), what the frozen blocks give, to NxC: the mean of the heads' log probabilities."""

    def __init__(self, start: Network, heads: list[SmallHead]) -> None:
        super().__init__()
        self.network, self.heads = start, nn.ModuleList(heads)

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Log probabilities up to a constant of the row."""
        found = self.network.features(planes)
        return torch.stack([head(found).log_softmax(1) for head in self.heads]).mean(0)


def second_opinion(work: Path, left_out: int | None, start: Network) -> SecondOpinion:
    """The heads for everything (`left_out` None) or without one fold, on the network as ImageNet left it."""
    labels = json.loads((work / "training.json").read_text(encoding="utf-8"))["labels"]
    medical = np.array([not label.startswith(ORDINARY) for label in labels])
    rows = shown(work, left_out)
    return SecondOpinion(start.eval(), [small_head(rows, medical, seed) for seed in SEEDS]).eval()


def export_second(second: SecondOpinion, path: Path, side: int) -> None:
    """Write it as ONNX opset 17 with a free batch size."""
    sample = torch.zeros(1, CHANNELS, side // STRIDE, side // STRIDE)
    axes = {"planes": {0: "views"}, "logits": {0: "views"}}
    torch.onnx.export(second, (sample,), str(path), input_names=["planes"], output_names=["logits"],
                      dynamic_axes=axes, opset_version=17, dynamo=False)  # fmt: skip
    halve(path)
