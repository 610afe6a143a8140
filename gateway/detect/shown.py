"""Remembers what frames looked like, so that of a hundred alike one is judged, and the one that differs as well."""

from typing import Final

import numpy as np

from gateway.formats.pictures import Pixels

_SIDE: Final = 24
_ALIKE: Final = 6.0
"""Mean difference, of 255, up to which two frames show the same, unless some blocks differ a lot: a window in a corner."""
_FAR: Final = 40.0
_BLOCKS: Final = 8


class Shown:
    """The frames of one picture or film that were judged, each as a few hundred values."""

    def __init__(self) -> None:
        self._seen = np.empty((0, 3 * _SIDE * _SIDE), np.float32)

    def news(self, views: tuple[Pixels, ...]) -> bool:
        """Whether a frame differs from all before it in one of its views; it is remembered then."""
        small = np.stack([_small(view) for view in views])
        fresh = not len(self._seen) or any(self._unlike(one) for one in small)
        if fresh:
            self._seen = np.concatenate((self._seen, small))
        return fresh

    def _unlike(self, small: np.ndarray) -> bool:
        apart = np.abs(self._seen - small)
        far = (apart.reshape(len(apart), -1, 3).max(axis=2) > _FAR).sum(axis=1)
        return not ((apart.mean(axis=1) <= _ALIKE) & (far < _BLOCKS)).any()


def _small(view: Pixels) -> np.ndarray:
    """Means of a grid of blocks: what is small in a frame still moves them, and noise does not."""
    rows, columns = (np.linspace(0, side, _SIDE + 1).astype(int)[:-1] for side in view.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(view, rows, axis=0, dtype=np.float32), columns, axis=1)
    counts = np.add.reduceat(
        np.add.reduceat(np.ones(view.shape[:2], np.float32), rows, axis=0), columns, axis=1
    )
    return (sums / counts[:, :, None]).ravel()
