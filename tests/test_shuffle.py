"""Each epoch meets every sample once, in an order that its number alone decides."""

import numpy as np
import pytest
import tensorflow as tf

from ganlib import shuffle

SAMPLES = np.arange(28, dtype="float32").reshape(14, 2)


def epochs(batches, count, **compile_options):
    draw = tf.function(batches.draw, **compile_options)
    return [
        [
            tuple(row)
            for k in range(batches.batches)
            for row in draw(tf.constant(batches.batches * epoch + k))[0].numpy()
        ]
        for epoch in range(count)
    ]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_an_epoch_meets_every_sample_once_and_shuffles_anew(jit_compile):
    first, second, third = epochs(shuffle.Shuffled((SAMPLES,), 7, 0), 3, jit_compile=jit_compile)
    for epoch in (first, second, third):
        assert sorted(epoch) == sorted(map(tuple, SAMPLES))
    assert first != second != third != first


def test_what_does_not_fill_a_batch_is_left_out():
    batches = shuffle.Shuffled((SAMPLES,), 4, 0)
    (epoch,) = epochs(batches, 1)
    assert batches.batches == 3
    assert len(set(epoch)) == 12


def test_a_draw_depends_on_seed_and_number_only():
    in_order = epochs(shuffle.Shuffled((SAMPLES,), 7, 5), 2)
    resumed = shuffle.Shuffled((SAMPLES,), 7, 5).draw(3)[0]
    assert [tuple(row) for row in resumed.numpy()] == in_order[1][7:]
    assert epochs(shuffle.Shuffled((SAMPLES,), 7, 6), 2) != in_order


def test_all_orders_are_equally_likely():
    draw = tf.function(shuffle.Shuffled((np.arange(3.0),), 3, 1).draw)
    orders = [tuple(draw(tf.constant(k))[0].numpy()) for k in range(1200)]
    counts = [orders.count(order) for order in sorted(set(orders))]
    assert len(counts) == 6
    # Each of six orders has mean 200 and standard deviation 13; five of those either way.
    assert max(abs(count - 200) for count in counts) < 65


def test_labels_stay_with_their_samples():
    batches = shuffle.Shuffled((SAMPLES, SAMPLES[:, 0].astype("int32")), 7, 0)
    for k in range(4):
        samples, labels = batches.draw(k)
        np.testing.assert_array_equal(samples[:, 0], labels)


@pytest.mark.parametrize("batch_size", [0, 15])
def test_batch_size_out_of_range(batch_size):
    with pytest.raises(ValueError, match=rf"from 1 to 14.*Received: {batch_size}"):
        shuffle.Shuffled((SAMPLES,), batch_size, 0)
