"""A logistic regression on what the network gives as ImageNet left it: where fine-tuning starts from.

Starting from a fitted last layer keeps fine-tuning from distorting features that already work on sources nobody has
seen (Kumar et al. 2022, "Fine-tuning can distort pretrained features and underperform out-of-distribution").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

STRENGTH = 0.003

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """A last layer: weight CxF, bias C."""

    weight: Floats
    bias: Floats


def probe(found: Floats, targets: NDArray[np.int64], classes: int) -> Head:
    """The last layer for features as they come; a class without a picture gets a bias that never wins."""
    scale = StandardScaler().fit(found)
    fit = LogisticRegression(C=STRENGTH, max_iter=100, tol=1e-3).fit(scale.transform(found), targets)
    weight, bias = np.zeros((classes, found.shape[1]), np.float32), np.full(classes, -20, np.float32)
    weight[fit.classes_] = fit.coef_ / scale.scale_
    bias[fit.classes_] = fit.intercept_ - (weight[fit.classes_] * scale.mean_).sum(axis=1)
    return Head(weight, bias)
