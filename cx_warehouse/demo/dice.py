"""Random draws that give the same result on every Python version and machine."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """A stream of draws for one subject of one seed.

    Every draw is made from `random()`, the only sequence Python promises not to change between
    versions. Each subject has a stream of its own: a new table does not reshuffle the others.
    """

    def __init__(self, seed: int, subject: str) -> None:
        """Begin the stream of a subject."""
        self._next = random.Random(f"{seed}/{subject}").random  # noqa: S311 - invented data, no secrets

    def chance(self, probability: float) -> bool:
        """Come true with the given probability."""
        return self._next() < probability

    def between(self, low: float, high: float) -> float:
        """Draw a number evenly distributed from low up to high."""
        return low + (high - low) * self._next()

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one item, each as likely as the next."""
        return items[int(self._next() * len(items))]

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Draw up to count different items, in their original order."""
        ranked = sorted((self._next(), position) for position in range(len(items)))
        return [items[position] for position in sorted(at for _, at in ranked[:count])]

    def weighted(self, weights: Mapping[Item, float]) -> Item:
        """Draw one key, as likely as its share of the weights."""
        left = self._next() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return next(reversed(list(weights)))

    def normal(self, mean: float = 0.0, spread: float = 1.0) -> float:
        """Draw from a normal: the sum of twelve even draws, free of the platform's logarithms."""
        return mean + spread * (sum(self._next() for _ in range(12)) - 6.0)

    def skewed(self, median: float, spread: float) -> float:
        """Draw from a log-normal: most near the median, a few far above it, as waits are."""
        return median * math.exp(spread * self.normal())

    def count(self, mean: float) -> int:
        """Draw how many things happen when `mean` are expected (Poisson)."""
        limit, product, happened = math.exp(-mean), self._next(), 0
        while product > limit:
            product *= self._next()
            happened += 1
        return happened
