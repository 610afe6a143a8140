"""`python frozen.py --data DIR --work DIR`: the network as ImageNet left it, with a new last layer; what ships today.

Pictures as they are and views of them are turned into 1,280 features once; a logistic regression is fitted on those, and
again with the sources of each of four folds left out. The threshold is the lowest at which at most 0.5 % of the left-out
ordinary pictures, as they are, are taken for medical. Minutes rather than an hour, and the one to beat.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
import train
from calibration import write
from corpus import permitted, rasters
from drawn import drawn
from network import Network, export
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from views import SIDE, make, square
from volumes import rendered

FOLDS = 4
STRENGTH = 0.003
FALSE_ALARMS = 0.005
PLAIN_SHARE = 0.4  # of the weight goes to pictures as they are

Floats = NDArray[np.float64]


def main() -> None:
    """Features, folds, threshold, weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"))
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for classifier.onnx and classifier.json"
    )
    parser.add_argument("--views", type=int, default=16_000)
    chosen = parser.parse_args()
    plain = [picture for picture in rasters(chosen.data, "train") if permitted(picture)]
    extra = [p for p in rendered(chosen.data, "train", train.SEED) if permitted(p)]
    pictures = [*plain, *extra, *drawn(train.DRAWN_EACH, train.SEED)]
    views = make(pictures, chosen.views, chosen.work, train.SEED)
    shown = [*plain, *(pictures[index] for index in views.picture)]
    squares = np.concatenate([np.stack([square(picture.pixels) for picture in plain]), views.squares])
    found = features(squares)
    labels = np.array([picture.label for picture in shown])
    sources = np.array([picture.source for picture in shown])
    as_is = np.arange(len(shown)) < len(plain)
    weight = weights(sources, as_is)
    train.FOLDS = FOLDS
    fold_of = train.folds(shown)
    fold = np.array([fold_of[source] for source in sources])
    evidence = np.zeros(len(shown))
    for left_out in range(FOLDS):
        seen = fold != left_out
        evidence[~seen] = odds(fitted(found[seen], labels[seen], weight[seen]), found[~seen])
    medical = np.array([picture.medical for picture in shown])[as_is]
    evidence = evidence[as_is]
    curve = LogisticRegression(C=10, class_weight="balanced").fit(evidence[:, None], medical)
    slope, offset = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    cut = float(np.quantile(evidence[~medical], 1 - FALSE_ALARMS, method="higher")) + 1e-6
    head = fitted(found, labels, weight)
    network = Network(len(head[2]))
    network.head.weight.data = torch.tensor(head[0], dtype=torch.float32)
    network.head.bias.data = torch.tensor(head[1], dtype=torch.float32)
    export(network, chosen.work / "frozen.onnx", SIDE)
    training = {"labels": head[2], "side": SIDE}
    write(
        chosen.out,
        chosen.work / "frozen.onnx",
        training,
        (slope, offset),
        1 / (1 + math.exp(-slope * cut - offset)),
    )
    print(json.dumps({"cut": cut, "recall on left-out sources": float((evidence[medical] >= cut).mean())}))


def features(squares: NDArray[np.uint8]) -> Floats:
    """NxSxSx3 uint8 to Nx1280."""
    network = Network(2).eval()
    rows = []
    with torch.inference_mode():
        for start in range(0, len(squares), 128):
            planes = (
                torch.from_numpy(squares[start : start + 128]).permute(0, 3, 1, 2).float() - 127.0
            ) / 128.0
            rows.append(network.body.extract_features(planes).mean((2, 3)).numpy())
    return np.concatenate(rows)


def weights(sources: NDArray[np.str_], as_is: NDArray[np.bool_]) -> Floats:
    """Pictures as they are by the square root of their source's size (views are drawn that way already)."""
    weight = np.ones(len(sources))
    for source in set(sources[as_is]):
        of_source = as_is & (sources == source)
        weight[of_source] = 1 / math.sqrt(of_source.sum())
    for part, share in ((as_is, PLAIN_SHARE), (~as_is, 1 - PLAIN_SHARE)):
        weight[part] *= share * len(sources) / weight[part].sum()
    return weight


def fitted(found: Floats, labels: NDArray[np.str_], weight: Floats) -> tuple[Floats, Floats, list[str]]:
    """Coefficients CxF, intercepts C and class names, for features as they come."""
    scale = StandardScaler().fit(found)
    fit = LogisticRegression(C=STRENGTH, max_iter=60, tol=1e-3).fit(
        scale.transform(found), labels, sample_weight=weight
    )
    coefficients = fit.coef_ / scale.scale_
    return (
        coefficients,
        fit.intercept_ - (coefficients * scale.mean_).sum(axis=1),
        [str(name) for name in fit.classes_],
    )


def odds(head: tuple[Floats, Floats, list[str]], found: Floats) -> Floats:
    """Log odds of medical against ordinary."""
    logits = found @ head[0].T + head[1]
    medical = np.array([not name.startswith("ordinary") for name in head[2]])
    return np.logaddexp.reduce(logits[:, medical], axis=1) - np.logaddexp.reduce(logits[:, ~medical], axis=1)


if __name__ == "__main__":
    main()
