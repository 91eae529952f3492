"""The 2-D recipe covers the ring, in a third of the benchmark's steps."""

from benchmarks.quality import mixture_run

from ganlib import data


def test_ring_is_covered():
    result = mixture_run(data.ring(), 4000, seed=7)
    assert result["modes"] == 8
    # Seeds 0 to 2 gave 0.957 to 0.973 here; 1 - exp(-4.5) = 0.989 is what real samples have.
    assert 0.93 <= result["high_quality"] <= 1
    assert 0 <= result["reverse_kl"] <= 0.03
    assert 0.35 <= result["sigma_ratio"] <= 1
