"""Ways through a generator's latent space, in NumPy."""

import numpy as np


def slerp(start, end, share):
    """Return points on the arc from one vector to another (Shoemake, 1985).

    Two independent Gaussian vectors of many dimensions have about the same length and are about
    orthogonal. The straight line between them passes points that are shorter by up to the root
    of 2, which a generator has hardly met in training; the arc keeps the length.

    Args:
        start, end: floats (..., dim), neither zero nor opposite to each other.
        share: float, or floats that broadcast against (..., 1), in [0, 1]; 0 gives `start`.

    Returns:
        Floats (..., dim). The length goes evenly from that of `start` to that of `end`.
    """
    start, end, share = (np.asarray(array, "float64") for array in (start, end, share))
    lengths = [np.linalg.norm(vector, axis=-1, keepdims=True) for vector in (start, end)]
    a, b = start / lengths[0], end / lengths[1]
    # Of a half chord: exact for small angles, where the arc cosine is not.
    angle = 2 * np.arctan2(
        np.linalg.norm(a - b, axis=-1, keepdims=True), np.linalg.norm(a + b, axis=-1, keepdims=True)
    )
    # sin(k x) / sin(x) by NumPy's sinc(y) = sin(pi y) / (pi y), which knows its limit at 0.
    whole = np.sinc(angle / np.pi)
    left = (1 - share) * np.sinc((1 - share) * angle / np.pi) / whole
    right = share * np.sinc(share * angle / np.pi) / whole
    return ((1 - share) * lengths[0] + share * lengths[1]) * (left * a + right * b)


def principal_directions(weights, n):
    """Return the latent directions to which a generator's first layer answers most.

    They are the first singular vectors of its weights (Shen and Zhou, 2021), found without
    labels or samples.

    Args:
        weights: floats (latent_dim, units), the kernel of the layer that takes the noise.
        n: number of directions, from 1 to the smaller side of the matrix.

    Returns:
        float64 (n, latent_dim): orthonormal rows, the strongest first, each with its largest
        entry positive.

    Raises:
        ValueError: n out of range, or weights that are not a matrix.
    """
    weights = np.asarray(weights, "float64")
    if weights.ndim != 2 or not 1 <= n <= min(weights.shape):
        raise ValueError(
            "Expected weights (latent_dim, units) and n from 1 to its smaller side. "
            f"Received: shape {weights.shape} and n = {n}"
        )
    directions = np.linalg.svd(weights, full_matrices=False)[0].T[:n]
    largest = np.abs(directions).argmax(axis=1)
    return directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
