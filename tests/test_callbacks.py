"""Snapshots of one fixed batch of noise, and progress that a terminal and a page can show."""

import keras
import numpy as np
from test_gan import points, small_gan

from ganlib import callbacks


def test_snapshots_keep_the_noise_and_the_epochs():
    gan = small_gan()
    snapshots = callbacks.Snapshots(n=5, every=2)
    before = keras.random.normal((5, 2), seed=0)
    first = np.asarray(gan(before))
    gan.fit(points(), batch_size=32, epochs=5, callbacks=[snapshots], verbose=0)
    assert snapshots.epochs == [0, 2, 4]
    np.testing.assert_allclose(snapshots.images[0], first, rtol=1e-6)
    assert (snapshots.images[2] != snapshots.images[1]).any()


def test_snapshots_do_not_disturb_training():
    with_snapshots, without = small_gan(), small_gan()
    with_snapshots.fit(
        points(), batch_size=32, epochs=2, callbacks=[callbacks.Snapshots()], verbose=0
    )
    without.fit(points(), batch_size=32, epochs=2, verbose=0)
    for a, b in zip(with_snapshots.get_weights(), without.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_live_progress_tells_epoch_losses_and_time(digits, capsys):
    from ganlib import GAN, networks

    gan = GAN(*networks.dcgan(width=4))
    gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam(), steps_per_execution=1)
    progress = callbacks.LiveProgress(n=4, interval=0.0)
    gan.fit(digits[0][:128], batch_size=32, epochs=2, callbacks=[progress], verbose=0)
    shown = capsys.readouterr().out
    assert "epoch 1/2" in shown
    assert "s left" in shown
    assert "100% epoch 2/2, d_loss" in shown
    assert progress._draw()._repr_png_()[1] == {"alt": "Images that the averaged generator draws"}
    for share in (25, 50, 62, 88, 100):  # the batches of eight that pass a fifth
        assert f"\n {share}% epoch" in shown or f"\n{share}% epoch" in shown


def test_the_bar_is_a_line_and_a_page_element():
    bar = callbacks._Bar("epoch 1/2", 0.5)
    assert repr(bar) == " 50% epoch 1/2"
    assert 'value="0.500"' in bar._repr_html_()
    assert "epoch 1/2" in bar._repr_html_()
