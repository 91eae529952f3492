import numpy as np
import pytest

from ganlib import latent

RNG = np.random.default_rng(0)


def test_slerp_of_orthogonal_vectors_is_a_circle():
    points = latent.slerp([1.0, 0.0], [0.0, 1.0], np.linspace(0, 1, 7)[:, None])
    angles = np.linspace(0, np.pi / 2, 7)
    # Float64 sines on two routes: a few units in the last place.
    np.testing.assert_allclose(points, np.stack([np.cos(angles), np.sin(angles)], 1), atol=1e-14)


def test_slerp_moves_at_one_speed_and_keeps_the_length():
    start, end = RNG.normal(size=(2, 64))
    end *= np.linalg.norm(start) / np.linalg.norm(end)
    path = latent.slerp(start, end, np.linspace(0, 1, 9)[:, None])
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.linalg.norm(start), rtol=1e-12)
    chords = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(chords, chords[0], rtol=1e-12)


def test_slerp_reaches_both_ends_whose_lengths_differ():
    start, end = RNG.normal(size=(2, 5, 64)) * [[[1.0]], [[3.0]]]
    np.testing.assert_allclose(latent.slerp(start, end, 0.0), start, rtol=1e-12)
    np.testing.assert_allclose(latent.slerp(start, end, 1.0), end, rtol=1e-12)


def test_slerp_between_equal_vectors_stays():
    start = RNG.normal(size=64)
    np.testing.assert_allclose(latent.slerp(start, start, 0.3), start, rtol=1e-12)


def test_principal_directions_are_those_of_a_known_matrix():
    rotation, _ = np.linalg.qr(RNG.normal(size=(6, 6)))
    units, _ = np.linalg.qr(RNG.normal(size=(9, 6)))
    weights = rotation @ np.diag([9.0, 5.0, 4.0, 2.0, 1.0, 0.5]) @ units.T
    directions = latent.principal_directions(weights, 3)
    # Up to the sign, which the largest entry fixes.
    np.testing.assert_allclose(np.abs(directions @ rotation), np.eye(3, 6), atol=1e-12)
    assert (directions.max(axis=1) == np.abs(directions).max(axis=1)).all()


@pytest.mark.parametrize(("shape", "n"), [((4, 9), 0), ((4, 9), 5), ((9, 4), 5), ((4,), 1)])
def test_bad_weights_and_numbers_are_refused(shape, n):
    with pytest.raises(ValueError, match="Expected weights .*Received: shape"):
        latent.principal_directions(np.ones(shape), n)
