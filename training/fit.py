"""Trains one network on a set of views, within a number of steps fixed beforehand."""

import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from network import Network
from numpy.typing import NDArray
from torch.nn import functional

BATCH = 64
Planes = NDArray[np.float16]  # or anything that has a length and gives rows for an array of indices
RATE = 2e-4
WARM_UP = 0.05  # part of the steps
DECAY = 0.02
SMOOTHING = 0.05
BINARY_SMOOTHING = 0.01
AVERAGE = 0.985  # of the moving average of weights that is returned
KEPT_EVERY = 50  # steps


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to train, and from which seed; on a busy machine the cosine ends by the clock if `seconds` come first.

    With `kept` the state is written there from time to time, and an interrupted training goes on from it.
    """

    steps: int
    seed: int
    seconds: float = math.inf
    kept: Path | None = None


def fit(
    planes: Planes,
    targets: NDArray[np.int64],
    medical: NDArray[np.bool_],
    start: Network,
    schedule: Schedule,
) -> Network:
    """AdamW, one cosine, label smoothing, moving average of the weights. Returns the average, in eval mode.

    `planes` NxHxWxC float16 as `early.py` makes them, `targets` N class indices, `medical` which classes are. One part
    of the loss asks for the class, another only whether it is medical. The result depends on the seed and on the
    machine's kernels.
    """
    torch.manual_seed(schedule.seed)
    random = np.random.default_rng(schedule.seed)
    network = copy.deepcopy(start).to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY)
    order = _endless(random, len(planes))
    first, spent = _resume(schedule.kept, network, average, optimizer)
    for _ in range(first * BATCH):
        next(order)
    begun = time.monotonic() - spent
    for step in range(first, schedule.steps):
        progress = max(step / schedule.steps, (time.monotonic() - begun) / schedule.seconds)
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = _rate(progress)
        chosen = np.sort([next(order) for _ in range(BATCH)])
        shown = torch.from_numpy(_mirrored(random, planes[chosen])).permute(0, 3, 1, 2)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network.train().late(shown.float())
        loss = _loss(logits.float(), torch.from_numpy(targets[chosen]), torch.from_numpy(medical))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 2.0)
        optimizer.step()
        _follow(average, network, min(AVERAGE, (step + 1) / (step + 10)))
        if step % 50 == 0:
            print(
                f"step {step}/{schedule.steps} loss {loss.item():.3f} after {time.monotonic() - begun:.0f} s",
                flush=True,
            )
        if schedule.kept and (step + 1) % KEPT_EVERY == 0:
            _keep(schedule.kept, step + 1, time.monotonic() - begun, network, average, optimizer)
    return average


def _keep(
    path: Path, step: int, spent: float, network: Network, average: Network, optimizer: torch.optim.Optimizer
) -> None:
    """Write everything that the next step needs, or leave what was written before."""
    states = {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    fresh = path.with_suffix(".new")
    torch.save({"step": step, "spent": spent, **states}, fresh)
    fresh.replace(path)


def _resume(
    path: Path | None, network: Network, average: Network, optimizer: torch.optim.Optimizer
) -> tuple[int, float]:
    """The step to go on with and the seconds already spent; (0, 0.0) when nothing was written."""
    if path is None or not path.exists():
        return 0, 0.0
    kept = torch.load(path, weights_only=True)
    network.load_state_dict(kept["network"])
    average.load_state_dict(kept["average"])
    optimizer.load_state_dict(kept["optimizer"])
    return int(kept["step"]), float(kept["spent"])


def _loss(logits: torch.Tensor, targets: torch.Tensor, medical: torch.Tensor) -> torch.Tensor:
    """Cross entropy of medical against ordinary, and half as much of the classes."""
    classes = functional.cross_entropy(logits, targets, label_smoothing=SMOOTHING)
    odds = logits[:, medical].logsumexp(1) - logits[:, ~medical].logsumexp(1)
    wanted = medical[targets].float() * (1 - 2 * BINARY_SMOOTHING) + BINARY_SMOOTHING
    return 0.5 * classes + functional.binary_cross_entropy_with_logits(odds, wanted)


def _endless(random: np.random.Generator, count: int):  # noqa: ANN202 - an iterator of int
    """Indices, shuffled anew for each pass."""
    while True:
        yield from random.permutation(count)


def _rate(progress: float) -> float:
    """Linear warm-up, then half a cosine to zero."""
    if progress < WARM_UP:
        return RATE * progress / WARM_UP
    return RATE * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def _mirrored(random: np.random.Generator, planes: NDArray[np.float16]) -> NDArray[np.float16]:
    """Every other one from right to left."""
    mirrored = random.random(len(planes)) < 0.5
    return np.where(mirrored[:, None, None, None], planes[:, :, ::-1], planes)


def _follow(average: Network, network: Network, keep: float) -> None:
    """Move the average towards the network; counters of batch normalisation are copied."""
    with torch.no_grad():
        for mine, theirs in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - keep)
            else:
                mine.copy_(theirs)
