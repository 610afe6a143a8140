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
from early import found_by, found_later
from halved import halve
from network import CHANNELS, FEATURES, STRIDE, Network
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
    keep, keep_plain = _kept(work, left_out)
    chance = [np.full(len(keep), (1 - PLAIN) / len(keep)), PLAIN * rare[keep_plain] / rare[keep_plain].sum()]
    found = [np.load(work / "features.npy")[keep], np.load(work / "plain_features.npy")[keep_plain]]
    targets = [np.load(work / "targets.npy")[keep], plain["targets"][keep_plain]]
    return Shown(np.concatenate(found), np.concatenate(targets), np.concatenate(chance))


def beside(rows: Shown, work: Path, left_out: int | None, first: Path) -> Shown:
    """The same rows with the first network's own features beside them: Nx2560. Only every other dressed-up view."""
    keep, keep_plain = _kept(work, left_out)
    other = np.arange(0, len(keep), 2)
    chosen = np.concatenate([other, len(keep) + np.arange(len(keep_plain))])
    planes = np.load(work / "early.npy", mmap_mode="r")
    plain = np.load(work / "plain_squares.npy", mmap_mode="r")
    tuned = np.concatenate([found_later(first, planes, keep[other]), found_by(first, plain, keep_plain)])
    chance = rows.chance[chosen]
    chance[: len(other)] *= (1 - PLAIN) / chance[: len(other)].sum()
    return Shown(np.concatenate([rows.found[chosen], tuned], axis=1), rows.targets[chosen], chance)


def _kept(work: Path, left_out: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers of views and of plain pictures that this fold may see."""
    folds, plain = np.load(work / "folds.npy"), np.load(work / "plain.npz")["folds"]
    return np.flatnonzero(folds != left_out), np.flatnonzero(plain != left_out)


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
    """The mean of the heads' log probabilities.

    Takes Nx40x(S/8)x(S/8), what the frozen blocks give, and Nx1280, what the first network's last layer saw; gives NxC.
    """

    def __init__(self, start: Network, alone: list[SmallHead], both: list[SmallHead]) -> None:
        super().__init__()
        self.network, self.alone, self.both = start, nn.ModuleList(alone), nn.ModuleList(both)

    def forward(self, planes: torch.Tensor, found: torch.Tensor) -> torch.Tensor:
        """Log probabilities up to a constant of the row."""
        untuned = self.network.features(planes)
        together = torch.cat([untuned, found], dim=1)
        said = [head(untuned) for head in self.alone] + [head(together) for head in self.both]
        return torch.stack([logits.log_softmax(1) for logits in said]).mean(0)


def second_opinion(work: Path, left_out: int | None, start: Network, first: Path) -> SecondOpinion:
    """The heads for everything (`left_out` None) or without one fold; `first` is the exported first network."""
    labels = json.loads((work / "training.json").read_text(encoding="utf-8"))["labels"]
    medical = np.array([not label.startswith(ORDINARY) for label in labels])
    rows = shown(work, left_out)
    alone = [small_head(rows, medical, seed) for seed in SEEDS]
    rows = beside(rows, work, left_out, first)
    both = [small_head(rows, medical, seed) for seed in SEEDS]
    return SecondOpinion(start.eval(), alone, both).eval()


def export_second(second: SecondOpinion, path: Path, side: int) -> None:
    """Write it as ONNX opset 17 with a free batch size."""
    sample = (torch.zeros(1, CHANNELS, side // STRIDE, side // STRIDE), torch.zeros(1, FEATURES))
    axes = {name: {0: "views"} for name in ("planes", "found", "logits")}
    torch.onnx.export(second, sample, str(path), input_names=["planes", "found"], output_names=["logits"],
                      dynamic_axes=axes, opset_version=17, dynamo=False)  # fmt: skip
    halve(path)
