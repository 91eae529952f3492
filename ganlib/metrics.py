"""Distances between two sets of samples. NumPy and SciPy in float64, no TensorFlow."""

import numpy as np


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


def _check_pair(x, y, minimum):
    x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
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
