import ast
import pathlib
import tracemalloc
import types

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ganlib import data, metrics

TWO_SETS = (metrics.frechet_distance, metrics.kernel_distance)
NEIGHBOURS = (metrics.precision_recall, metrics.density_coverage)

few = settings(deadline=None, max_examples=25)
numbers = st.floats(-10, 10, allow_subnormal=False)


def samples_of(min_rows=2, max_rows=12, d=3):
    return st.integers(min_rows, max_rows).flatmap(
        lambda n: arrays("float64", (n, d), elements=numbers)
    )


def set_with_moments(rng, n, mean, covariance):
    """Return n rows whose sample mean and covariance are exactly those asked for."""
    x = rng.normal(size=(n, len(mean)))
    x -= x.mean(axis=0)
    whitener = np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(x, rowvar=False))))
    return x @ whitener.T @ np.linalg.cholesky(covariance).T + mean


def rotation(rng, d):
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


def test_imports_no_deep_learning_library():
    tree = ast.parse(pathlib.Path(metrics.__file__).read_text())
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} == {"numpy", "scipy", "typing"}


class TestFrechetDistance:
    def test_closed_form(self):
        rng = np.random.default_rng(0)
        a, b = np.array([[2.0, 1.0], [1.0, 2.0]]), np.diag([1.0, 3.0])
        x, y = set_with_moments(rng, 50, np.zeros(2), a), set_with_moments(rng, 70, np.zeros(2), b)
        # An elementwise square root would give 0.272593.
        np.testing.assert_allclose(metrics.frechet_distance(x, y), 8 - 2 * np.sqrt(14), rtol=1e-10)
        shifted = metrics.frechet_distance(x + [3.0, -4.0], y)
        np.testing.assert_allclose(shifted, 25 + 8 - 2 * np.sqrt(14), rtol=1e-10)

    @pytest.mark.parametrize("d", [1, 2, 8])
    def test_one_variance_against_another(self, d):
        rng = np.random.default_rng(d)
        x = set_with_moments(rng, 30, np.zeros(d), np.eye(d))
        y = set_with_moments(rng, 40, np.zeros(d), 4 * np.eye(d))
        # (sqrt(4) - sqrt(1))^2 a dimension
        np.testing.assert_allclose(metrics.frechet_distance(x, y), d, rtol=1e-10)

    @pytest.mark.parametrize("d", [2, 5, 16])
    def test_matrix_square_root(self, d):
        rng = np.random.default_rng(d)
        x, y = rng.normal(size=(60, d)), rng.uniform(size=(45, d)) @ rng.normal(size=(d, d))
        # sqrtm loses about half the digits on products that are not symmetric
        np.testing.assert_allclose(
            metrics.frechet_distance(x, y), reference.frechet_distance(x, y), rtol=1e-7
        )

    @pytest.mark.parametrize(
        ("d", "n", "draws", "floor"), [(64, 10_000, 4, 0.2208), (8, 2000, 400, 0.026)]
    )
    def test_sampling_floor(self, d, n, draws, floor):
        rng = np.random.default_rng(0)
        measured = np.mean(
            [metrics.frechet_distance(*rng.normal(size=(2, n, d))) for _ in range(draws)]
        )
        assert floor == (d**2 + 5 * d) / (2 * n)
        # One draw varies by 4 % in 64 dimensions and 25 % in 8: 4 standard errors of the mean.
        spread = {64: 0.04, 8: 0.25}[d]
        assert measured == pytest.approx(floor, rel=4 * spread / np.sqrt(draws))

    def test_fewer_rows_than_dimensions(self):
        rng = np.random.default_rng(0)
        line = rng.normal(size=(5, 1))
        x = np.zeros((5, 40))
        x[:, :1] = line
        y = x.copy()
        y[:, 0] *= 3
        # Both lie on one axis: (3 s - s)^2 and the square of the means' difference.
        expected = 4 * line.var(ddof=1) + 4 * line.mean() ** 2
        np.testing.assert_allclose(metrics.frechet_distance(x, y), expected, rtol=1e-6)

    def test_constant_sets_leave_the_shift(self):
        assert metrics.frechet_distance(np.ones((3, 2)), np.zeros((4, 2))) == pytest.approx(2)

    @few
    @given(samples_of(), samples_of())
    def test_symmetric_and_not_negative(self, x, y):
        there, back = metrics.frechet_distance(x, y), metrics.frechet_distance(y, x)
        assert there >= 0
        # Roots of eigenvalues that ought to be 0 leave about sqrt(eps) times the scale, 100.
        assert there == pytest.approx(back, rel=1e-6, abs=1e-5)

    @few
    @given(samples_of(), st.randoms(use_true_random=False))
    def test_zero_on_the_same_set_in_any_order(self, x, random):
        order = random.sample(range(len(x)), len(x))
        assert metrics.frechet_distance(x, x[order]) == pytest.approx(0, abs=1e-5)

    @few
    @given(samples_of(), samples_of(), st.integers(0, 2**32 - 1))
    def test_orthogonal_maps_change_nothing(self, x, y, seed):
        q = rotation(np.random.default_rng(seed), 3)
        turned = metrics.frechet_distance(x @ q, y @ q)
        assert turned == pytest.approx(metrics.frechet_distance(x, y), rel=1e-6, abs=1e-5)


class TestKernelDistance:
    @pytest.mark.parametrize(("n", "m", "d"), [(2, 2, 1), (7, 4, 3), (5, 30, 10)])
    def test_sums_over_pairs(self, n, m, d):
        rng = np.random.default_rng(n)
        x, y = rng.normal(size=(n, d)), rng.normal(1.0, size=(m, d))
        np.testing.assert_allclose(
            metrics.kernel_distance(x, y), reference.kernel_distance(x, y), rtol=1e-10
        )

    @pytest.mark.parametrize(("d", "m"), [(4, 1.0), (4, 0.0), (2, 0.5)])
    def test_unbiased_for_sets_of_different_sizes(self, d, m):
        expected = reference.kernel_distance_of_gaussians(d, m)
        if (d, m) == (4, 1.0):
            assert expected == 1.328125
        rng = np.random.default_rng(0)
        mean = np.sqrt(m / d)
        estimates = np.array(
            [
                metrics.kernel_distance(rng.normal(size=(12, d)), rng.normal(mean, size=(31, d)))
                for _ in range(4000)
            ]
        )
        error = estimates.std(ddof=1) / np.sqrt(len(estimates))
        # With the diagonals left in, the estimates would be too high by more than 10 errors.
        assert abs(estimates.mean() - expected) < 4 * error
        assert error < 0.1

    def test_blocks_change_nothing(self, monkeypatch):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(37, 4)), rng.normal(size=(23, 4))
        whole = metrics.kernel_distance(x, y)
        monkeypatch.setattr(metrics, "_BLOCK", 100)
        assert metrics.kernel_distance(x, y) == pytest.approx(whole, rel=1e-10)

    @few
    @given(samples_of(), samples_of(), st.randoms(use_true_random=False))
    def test_symmetric_and_blind_to_order(self, x, y, random):
        # The kernel reaches 101^3 here, of which rounding leaves about 1e-9.
        distance = metrics.kernel_distance(x, y)
        assert metrics.kernel_distance(y, x) == pytest.approx(distance, rel=1e-9, abs=1e-6)
        order = random.sample(range(len(x)), len(x))
        assert metrics.kernel_distance(x[order], y) == pytest.approx(distance, rel=1e-9, abs=1e-6)


LINE = np.arange(10.0)[:, None]


class TestPrecisionRecall:
    @pytest.mark.parametrize(
        ("fake", "expected"), [(LINE[:5], (1, 0.8)), (2 * LINE, (0.7, 1)), (LINE, (1, 1))]
    )
    @pytest.mark.parametrize("scale", [1.0, 0.1, 1 / 3])
    def test_published_examples(self, fake, expected, scale):
        result = metrics.precision_recall(scale * LINE, scale * fake, k=3)
        assert result == pytest.approx(expected, abs=1e-12)
        assert (result.precision, result.recall) == result

    @few
    @given(
        arrays("int64", (9, 3), elements=st.integers(-3, 3)),
        arrays("int64", (7, 3), elements=st.integers(-3, 3)),
        st.integers(1, 6),
        st.integers(0, 2**32 - 1),
    )
    def test_ties_on_a_lattice_survive_a_rotation(self, real, fake, k, seed):
        q = rotation(np.random.default_rng(seed), 3)
        expected = reference.precision_recall(real, fake, k)
        assert metrics.precision_recall(real, fake, k) == pytest.approx(expected)
        assert metrics.precision_recall(real @ q, fake @ q, k) == pytest.approx(expected)

    @few
    @given(samples_of(min_rows=5), st.randoms(use_true_random=False))
    def test_one_on_the_same_set_in_any_order(self, x, random):
        order = random.sample(range(len(x)), len(x))
        assert metrics.precision_recall(x, x[order], k=3) == (1, 1)

    def test_swapping_the_sets_swaps_the_values(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(40, 2)), rng.normal(0.5, 2, size=(60, 2))
        there, back = metrics.precision_recall(x, y), metrics.precision_recall(y, x)
        assert there == back[::-1]
        assert 0 < there.precision < there.recall < 1

    def test_duplicates_leave_balls_of_radius_zero(self):
        real = np.zeros((5, 2))
        fake = np.array([[0.0, 0.0], [1e-3, 0], [1, 1], [2, 2]])
        assert metrics.precision_recall(real, fake, k=3) == (0.25, 1)


class TestDensityCoverage:
    def test_counted_by_hand(self):
        # The radii are 1, 1, 1 and 8.
        real, fake = np.array([[0.0], [1.0], [2.0], [10.0]]), np.array([[1.0], [2.0], [50.0]])
        # 1 is in the balls of 0, 1, 2; 2 in those of 1, 2, 10; 50 in none.
        assert metrics.density_coverage(real, fake, k=1) == (2.0, 1.0)
        assert metrics.density_coverage(real, fake[2:], k=1) == (0.0, 0.0)

    def test_independent_draws_of_one_distribution(self):
        n, k, draws = 200, 5, 60
        rng = np.random.default_rng(0)
        results = np.array(
            [metrics.density_coverage(*rng.normal(size=(2, n, 3)), k=k) for _ in range(draws)]
        )
        # A ball is empty when the k nearest of n - 1 other reals and n fakes are all reals.
        empty = np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])
        errors = results.std(axis=0, ddof=1) / np.sqrt(draws)
        assert (np.abs(results.mean(axis=0) - [1, 1 - empty]) < 4 * errors).all()
        assert (errors < 0.01).all()

    @pytest.mark.parametrize("k", [1, 3, 5])
    @pytest.mark.parametrize("step", [None, 0.5])
    def test_counting_balls(self, k, step):
        rng = np.random.default_rng(k)
        real, fake = rng.normal(size=(30, 2)), rng.normal(0.3, 0.8, size=(20, 2))
        if step:  # many ties
            real, fake = step * np.round(real / step), step * np.round(fake / step)
        expected = reference.density_coverage(real, fake, k)
        assert metrics.density_coverage(real, fake, k) == pytest.approx(expected)

    def test_one_fake_is_enough(self):
        assert metrics.density_coverage(LINE, LINE[:1], k=1) == (2.0, 0.2)

    def test_does_not_trust_outliers_as_precision_does(self):
        rng = np.random.default_rng(0)
        real = np.concatenate([rng.normal(size=(99, 2)), [[100.0, 0.0]]])
        fake = rng.normal(size=(50, 2)) + [60.0, 0.0]
        assert metrics.precision_recall(real, fake, k=3).precision == 1
        assert metrics.density_coverage(real, fake, k=3).density < 0.5


@pytest.mark.parametrize("metric", NEIGHBOURS)
def test_blocks_of_neighbours_change_nothing(metric, monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(37, 4)), rng.normal(size=(23, 4))
    whole = metric(x, y)
    monkeypatch.setattr(metrics, "_BLOCK", 100)
    assert metric(x, y) == whole


@pytest.mark.parametrize("metric", [metrics.kernel_distance, *NEIGHBOURS])
def test_memory_stays_below_that_of_the_matrix(metric):
    x = np.random.default_rng(0).normal(size=(5000, 2))
    tracemalloc.start()
    metric(x, x + 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Three blocks of 16 MiB at most, and the sets; the whole matrix takes 200 MB.
    assert peak < 70e6


class TestModeCoverage:
    @pytest.mark.parametrize("mixture", [data.ring(), data.grid()])
    def test_samples_of_the_mixture(self, mixture):
        draws, n, k = 200, 2500, len(mixture.means)
        results = [metrics.mode_coverage(mixture.sample(n, seed), mixture) for seed in range(draws)]
        assert {r.modes for r in results} == {k}
        # Each tolerance is 4 standard errors of the mean over the draws.
        ceiling = 1 - np.exp(-4.5)
        assert np.mean([r.high_quality for r in results]) == pytest.approx(
            ceiling, abs=4 * np.sqrt(ceiling * (1 - ceiling) / (draws * n))
        )
        # 2 n KL is about chi-squared of k - 1 degrees, whose variance is 2 (k - 1).
        assert np.mean([r.reverse_kl for r in results]) == pytest.approx(
            (k - 1) / (2 * n), rel=4 * np.sqrt(2 / (k - 1) / draws)
        )
        # r^2 / (2 sigma^2) is exponential; cut at 4.5 its mean is 1 - 4.5 e^-4.5 / (1 - e^-4.5).
        truncated = np.sqrt(1 - 4.5 * np.exp(-4.5) / ceiling)
        assert truncated == pytest.approx(0.974, abs=5e-4)
        ratios = [r.sigma_ratio for r in results]
        assert np.mean(ratios) == pytest.approx(
            truncated, abs=4 * np.std(ratios, ddof=1) / np.sqrt(draws)
        )

    @pytest.mark.parametrize(("reached", "k"), [(1, 8), (4, 8), (8, 8)])
    def test_equal_shares_on_some_modes(self, reached, k):
        mixture = data.ring(modes=k)
        offsets = mixture.sigma * np.array([[1.0, 0], [-1.0, 0], [0, 1.0], [0, -1.0]])
        samples = (mixture.means[:reached, None] + offsets).reshape(-1, 2)
        result = metrics.mode_coverage(samples, mixture)
        assert (result.modes, result.high_quality) == (reached, 1)
        assert result.reverse_kl == pytest.approx(np.log(k / reached), abs=1e-12)
        # In each mode, 4 squared deviations of sigma^2 over 3 x 2 degrees of freedom.
        assert result.sigma_ratio == pytest.approx(np.sqrt(4 / 6))

    def test_unequal_shares_and_low_quality(self):
        mixture = types.SimpleNamespace(means=np.array([[0.0, 0], [10, 0], [0, 10]]), sigma=1.0)
        samples = [[0, 0], [0, 3], [0, 2], [10, 0], [10, 3.01], [0, 6.9], [5, 5], [-9, -9]]
        result = metrics.mode_coverage(samples, mixture)
        assert (result.modes, result.high_quality) == (2, 0.5)
        expected = 0.75 * np.log(0.75 * 3) + 0.25 * np.log(0.25 * 3)
        assert result.reverse_kl == pytest.approx(expected)
        # 0, 3 and 2 along one axis, 0 along the other, 1 sample alone in its mode
        assert result.sigma_ratio == pytest.approx(np.sqrt(np.var([0, 3, 2]) * 3 / (2 * 2)))

    @pytest.mark.parametrize("shift", [0.0, 1.5])
    @pytest.mark.parametrize("shrink", [0.0, 0.25])
    def test_shrunk_modes_off_their_centre(self, shrink, shift):
        mixture = data.ring()
        rng = np.random.default_rng(0)
        noise = shrink * rng.normal(size=(8, 500, 2)) + [shift, 0]
        samples = (mixture.means[:, None] + mixture.sigma * noise).reshape(-1, 2)
        result = metrics.mode_coverage(samples, mixture)
        assert result.high_quality == 1
        # 8,000 numbers: a relative error of 1 / sqrt(16,000) = 0.8 %
        assert result.sigma_ratio == pytest.approx(shrink, rel=0.032, abs=1e-12)

    def test_border_of_three_sigma(self):
        mixture = types.SimpleNamespace(means=np.array([[1.0, 0.0]]), sigma=0.01)
        samples = [[1.03, 0.0], [1.0301, 0.0]]  # 1.03 - 1 exceeds 0.03 by rounding
        assert metrics.mode_coverage(samples, mixture).high_quality == 0.5

    def test_no_high_quality_sample(self):
        result = metrics.mode_coverage([[9.0, 9.0], [-9.0, 0.0]], data.ring())
        assert result[:2] == (0, 0)
        assert np.isnan(result.reverse_kl) and np.isnan(result.sigma_ratio)

    def test_one_sample_has_no_spread(self):
        result = metrics.mode_coverage([[1.0, 0.0]], data.ring())
        assert result[:3] == pytest.approx((1, 1, np.log(8)))
        assert np.isnan(result.sigma_ratio)

    @few
    @given(samples_of(min_rows=1, d=2), st.randoms(use_true_random=False))
    def test_ranges_and_order(self, samples, random):
        mixture = data.grid(sigma=0.5)
        result = metrics.mode_coverage(samples, mixture)
        assert 0 <= result.modes <= min(25, len(samples)) and 0 <= result.high_quality <= 1
        assert (result.modes == 0) == (result.high_quality == 0) == np.isnan(result.reverse_kl)
        assert result.modes == 0 or 0 <= result.reverse_kl <= np.log(25) + 1e-12
        shuffled = samples[random.sample(range(len(samples)), len(samples))]
        assert metrics.mode_coverage(shuffled, mixture) == pytest.approx(result, nan_ok=True)

    @pytest.mark.parametrize("sigma", [0.0, -1.0, np.nan, np.inf])
    def test_sigma_out_of_range(self, sigma):
        mixture = types.SimpleNamespace(means=np.zeros((1, 2)), sigma=sigma)
        with pytest.raises(ValueError, match=r"sigma above 0. Received: "):
            metrics.mode_coverage(np.zeros((4, 2)), mixture)


def coverage_of(samples, means):
    return metrics.mode_coverage(samples, types.SimpleNamespace(means=means, sigma=1.0))


@pytest.mark.parametrize("metric", [*TWO_SETS, *NEIGHBOURS, coverage_of])
class TestBadInput:
    @pytest.mark.parametrize(
        ("x", "y"),
        [
            (np.zeros((9, 2)), np.zeros((9, 3))),
            (np.zeros(9), np.zeros(9)),
            (np.zeros((9, 2, 2)), np.zeros((9, 2, 2))),
            (np.zeros((9, 0)), np.zeros((9, 0))),
        ],
    )
    def test_shapes(self, metric, x, y):
        with pytest.raises(ValueError, match=r"\(n, d\) and \(m, d\). Received: "):
            metric(x, y)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("which", [0, 1])
    def test_not_finite(self, metric, value, which):
        sets = np.random.default_rng(0).normal(size=(2, 9, 2))
        sets[which, 4, 1] = value
        with pytest.raises(ValueError, match="finite numbers. Received: "):
            metric(*sets)

    def test_empty(self, metric):
        with pytest.raises(ValueError, match="Received: "):
            metric(np.zeros((9, 2)), np.zeros((0, 2)))


@pytest.mark.parametrize("metric", TWO_SETS)
def test_one_sample(metric):
    with pytest.raises(ValueError, match="at least 2 rows in each set. Received: 9 and 1"):
        metric(np.zeros((9, 2)), np.zeros((1, 2)))


@pytest.mark.parametrize("metric", NEIGHBOURS)
class TestNeighbours:
    @pytest.mark.parametrize("k", [0, -1, 2.0, None, "3"])
    def test_k_is_no_count(self, metric, k):
        with pytest.raises(ValueError, match="k as an int of at least 1. Received: "):
            metric(LINE, LINE, k=k)

    @pytest.mark.parametrize("k", [10, 11])
    def test_more_neighbours_than_points(self, metric, k):
        with pytest.raises(ValueError, match="Received: 10"):
            metric(LINE, LINE, k=k)

    def test_all_other_points_are_neighbours(self, metric):
        # Every ball reaches to the farthest other point, so that all hold all.
        assert metric(np.zeros((10, 2)), np.zeros((10, 2)), k=9)[1] == 1


def test_density_needs_many_reals_only():
    with pytest.raises(ValueError, match="more than k=5 real rows. Received: 4"):
        metrics.density_coverage(LINE[:4], LINE)
