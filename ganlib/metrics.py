"""Distances between two sets of samples. NumPy and SciPy in float64, no TensorFlow."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

# Entries of a distance or kernel matrix held at a time: 16 MiB of float64.
_BLOCK = 2**21

# Distances that are equal on paper can differ in their last digits. Balls are closed and this
# much larger in radius squared, so that a point on the border stays inside.
_TIES = 1 + 1e-9


class PrecisionRecall(NamedTuple):
    """Shares in [0, 1]: fakes that look real, and reals that the fakes can look like."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """Density, at least 0 and about 1 for a perfect generator, and coverage in [0, 1]."""

    density: float
    coverage: float


class ModeCoverage(NamedTuple):
    """What `mode_coverage` counts; the last two are NaN where they are undefined."""

    modes: int
    high_quality: float
    reverse_kl: float
    sigma_ratio: float


def frechet_distance(x, y):
    """|mu_x - mu_y|^2 + Tr(A + B - 2 (AB)^(1/2)), the Frechet distance of two Gaussians.

    The Gaussians have the means and the covariances (divisor n - 1) of the two sets. On
    features of images this is the FID (Heusel et al., 2017).

    Args:
        x, y: finite floats (n, d) and (m, d), each with at least 2 rows. With fewer rows than
            d + 1 a covariance is singular; the distance is right, though biased upwards.

    Returns:
        float, at least 0.

    Raises:
        ValueError: the sets differ in d, have fewer than 2 rows, or are not finite.
    """
    x, y = _check_pair(x, y, minimum=2)
    a, b = np.atleast_2d(np.cov(x, rowvar=False)), np.atleast_2d(np.cov(y, rowvar=False))
    # AB is similar to the symmetric A^(1/2) B A^(1/2): the same eigenvalues, real and >= 0.
    values, vectors = np.linalg.eigh(a)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    distance = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(a) + np.trace(b) - 2 * shared
    return float(max(distance, 0.0))


def kernel_distance(x, y):
    """Unbiased squared MMD with the kernel (x.y / d + 1)^3 (Bińkowski et al., 2018).

    On features of images this is the KID. Its mean over draws is the same for every n and m,
    which the FID's is not.

    Args:
        x, y: finite floats (n, d) and (m, d), each with at least 2 rows.

    Returns:
        float; around 0 for equal distributions, so that it can be negative.

    Raises:
        ValueError: the sets differ in d, have fewer than 2 rows, or are not finite.
    """
    x, y = _check_pair(x, y, minimum=2)
    across = _kernel_sum(x, y) / (len(x) * len(y))
    return _mean_over_pairs(x) + _mean_over_pairs(y) - 2 * across


def _mean_over_pairs(x):
    # A sample's kernel with itself would bias the estimate: only pairs of two samples count.
    n, d = x.shape
    itself = float(np.sum((np.sum(x * x, axis=1) / d + 1) ** 3))
    return (_kernel_sum(x, x) - itself) / (n * (n - 1))


def _kernel_sum(x, y):
    total = 0.0
    for rows in _blocks(len(x), len(y)):
        base = x[rows] @ y.T / x.shape[1] + 1
        total += float(np.sum(base * base * base))  # `** 3` is several times slower
    return total


def precision_recall(real, fake, k=3):
    """Shares of fakes in the real manifold and of reals in the fake one.

    A set's manifold is the union of closed balls around its points, each reaching to the
    point's k-th nearest neighbour in the set. A point is not its own neighbour
    (Kynkäänniemi et al., 2019).

    Args:
        real, fake: finite floats (n, d) and (m, d), each with more than k rows.
        k: int, at least 1. A larger k gives larger balls, hence higher values.

    Returns:
        `PrecisionRecall(precision, recall)`.

    Raises:
        ValueError: the sets differ in d, have no more than k rows, or are not finite; k < 1.
    """
    real, fake = _check_pair(real, fake, minimum=_check_neighbours(k) + 1)
    real_radii, fake_radii = _squared_radii(real, k), _squared_radii(fake, k)
    precise, recalled = 0, np.zeros(len(real), bool)
    for rows in _blocks(len(fake), len(real)):
        squared = cdist(fake[rows], real, "sqeuclidean")
        precise += int((squared <= real_radii).any(axis=1).sum())
        recalled |= (squared <= fake_radii[rows, None]).any(axis=0)
    return PrecisionRecall(precise / len(fake), float(recalled.mean()))


def density_coverage(real, fake, k=5):
    """How many real balls hold a fake, and how many reals have a fake near (Naeem et al., 2020).

    Density is the number of real balls around each fake, over k: unlike precision, it does not
    trust a ball that an outlier blew up. Coverage is the share of real balls that hold a fake.
    The balls are those of `precision_recall`: closed, so that ties count.

    Args:
        real: finite floats (n, d) with more than k rows.
        fake: finite floats (m, d) with at least 1 row.
        k: int, at least 1.

    Returns:
        `DensityCoverage(density, coverage)`. Density can exceed 1.

    Raises:
        ValueError: the sets differ in d, have too few rows, or are not finite; k < 1.
    """
    minimum = _check_neighbours(k) + 1
    real, fake = _check_pair(real, fake, minimum=1)
    if len(real) < minimum:
        raise ValueError(f"Expected more than k={k} real rows. Received: {len(real)}")
    radii = _squared_radii(real, k)
    held, covered = 0, 0
    for rows in _blocks(len(real), len(fake)):
        inside = cdist(real[rows], fake, "sqeuclidean") <= radii[rows, None]
        held += int(inside.sum())
        covered += int(inside.any(axis=1).sum())
    return DensityCoverage(held / (k * len(fake)), covered / len(real))


def _squared_radii(x, k):
    """Return the squared distance of each row to its k-th nearest other row, (n,)."""
    radii = np.empty(len(x))
    for rows in _blocks(len(x), len(x)):
        # Not |a|^2 + |b|^2 - 2 a.b: its rounding would break ties.
        squared = cdist(x[rows], x, "sqeuclidean")
        own = np.arange(rows.start, rows.stop)
        squared[own - rows.start, own] = np.inf
        radii[rows] = np.partition(squared, k - 1, axis=1)[:, k - 1]
    return radii * _TIES


def mode_coverage(samples, mixture):
    """Count the modes of a mixture that samples reach, and how well (Srivastava et al., 2017).

    A sample is of high quality within 3 sigma of its nearest mode, and a mode counts when it
    is the nearest to such a sample. Real samples in the plane reach a share of
    1 - exp(-4.5) = 0.989 only: above that, the modes have shrunk, which `sigma_ratio` shows.

    Args:
        samples: finite floats (n, 2), n at least 1.
        mixture: has `means`, floats (k, 2), and `sigma`, a float above 0, in the same units.

    Returns:
        `ModeCoverage` with the fields
        modes: int, 0 to k.
        high_quality: share of the samples, in [0, 1].
        reverse_kl: KL(p || uniform) in nats, p the shares of the modes among the high-quality
            samples; 0 to log k. About (k - 1) / (2 n) for n samples of the mixture itself,
            log(k / j) for equal shares on j modes, NaN without a high-quality sample.
        sigma_ratio: standard deviation of the high-quality samples around the average of their
            mode's samples, over sigma. 0.974 for the mixture itself, as 3 sigma cut its tails;
            NaN where no mode has two samples.

    Raises:
        ValueError: samples and means differ in d, either is empty or not finite; sigma <= 0.
    """
    samples, means = _check_pair(samples, mixture.means, minimum=1)
    sigma = float(mixture.sigma)
    if not 0 < sigma < np.inf:
        raise ValueError(f"Expected a finite sigma above 0. Received: {mixture.sigma}")
    squared = cdist(samples, means, "sqeuclidean")
    good = squared.min(axis=1) <= (3 * sigma) ** 2 * _TIES
    nearest, kept = squared.argmin(axis=1)[good], samples[good]
    counts = np.bincount(nearest, minlength=len(means))
    modes = int((counts > 0).sum())
    if modes == 0:
        return ModeCoverage(0, 0.0, np.nan, np.nan)
    shares = counts[counts > 0] / len(kept)
    reverse_kl = float(np.sum(shares * np.log(shares * len(means))))
    return ModeCoverage(
        modes, float(good.mean()), max(reverse_kl, 0.0), _within_mode_std(kept, nearest) / sigma
    )


def _within_mode_std(samples, labels):
    """Return the standard deviation along an axis around the labels' averages, pooled."""
    _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
    freedom = (len(samples) - len(counts)) * samples.shape[1]  # each average takes one sample's
    if freedom == 0:
        return np.nan
    sums = np.zeros((len(counts), samples.shape[1]))
    np.add.at(sums, labels, samples)
    deviations = samples - (sums / counts[:, None])[labels]
    return float(np.sqrt(np.sum(deviations**2) / freedom))


def _blocks(rows, columns):
    """Yield slices of the rows of a matrix, each of about `_BLOCK` entries."""
    height = max(1, _BLOCK // columns)
    for start in range(0, rows, height):
        yield slice(start, min(start + height, rows))


def _check_neighbours(k):
    if not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"Expected k as an int of at least 1. Received: {k!r}")
    return int(k)


def _check_pair(x, y, minimum):
    x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or x.shape[1] == 0:
        raise ValueError(
            f"Expected two sets of shapes (n, d) and (m, d). Received: {x.shape} and {y.shape}"
        )
    if min(len(x), len(y)) < minimum:
        raise ValueError(
            f"Expected at least {minimum} rows in each set. Received: {len(x)} and {len(y)}"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("Expected finite numbers. Received: a set with NaN or infinity")
    return x, y
