"""Textbook formulas in NumPy and SciPy float64, written for clarity and not for speed.

The tests hold the package to them. Nothing here imports ganlib.
"""

import itertools

import numpy as np
import scipy.linalg


def frechet_distance(x, y):
    """The FID by way of the matrix square root of the product; full-rank covariances only."""
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    shared = scipy.linalg.sqrtm(a @ b)
    shift = x.mean(axis=0) - y.mean(axis=0)
    return shift @ shift + np.trace(a + b - 2 * shared.real)


def cubic_kernel(u, v):
    return (u @ v / len(u) + 1) ** 3


def kernel_distance(x, y):
    """The unbiased squared MMD as sums over pairs, each of two samples."""

    def average(pairs):
        return np.mean([cubic_kernel(u, v) for u, v in pairs])

    within = average(itertools.combinations(x, 2)) + average(itertools.combinations(y, 2))
    return within - 2 * average(itertools.product(x, y))


def kernel_distance_of_gaussians(d, m):
    """The squared MMD of N(0, I_d) and N(mu, I_d), m = |mu|^2, by the moments of x.y."""
    return 3 * m / d + 3 * m**2 / d**2 + (m**3 + 6 * m**2 + 3 * m * d + 6 * m) / d**3


def neighbour_radii(points, k):
    """Distance of each point to its k-th nearest other point."""
    others = [np.delete(points, i, axis=0) for i in range(len(points))]
    return [
        sorted(np.linalg.norm(o - p, axis=1))[k - 1] for p, o in zip(points, others, strict=True)
    ]


def balls_around(points, centres, k):
    """For each point, the number of the centres' k-nearest-neighbour balls that hold it."""
    radii = neighbour_radii(centres, k)
    return np.array(
        [
            sum(np.linalg.norm(p - c) <= r for c, r in zip(centres, radii, strict=True))
            for p in points
        ]
    )


def precision_recall(real, fake, k):
    precision = np.mean(balls_around(fake, real, k) > 0)
    return precision, np.mean(balls_around(real, fake, k) > 0)


def density_coverage(real, fake, k):
    radii = neighbour_radii(real, k)
    held = [np.linalg.norm(fake - c, axis=1).min() <= r for c, r in zip(real, radii, strict=True)]
    return np.mean(balls_around(fake, real, k)) / k, np.mean(held)


def jacobian(function, point, width=1e-5):
    """The Jacobian of a function from R^n to R^n by central differences."""
    point = np.asarray(point, "float64")
    columns = [
        (np.asarray(function(point + e)) - np.asarray(function(point - e))) / (2 * width)
        for e in width * np.eye(len(point))
    ]
    return np.stack(columns, axis=1)
