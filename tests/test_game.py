"""The game behind the playground: the steps of `GAN.fit`, and what is seen of them."""

import random

import keras
import numpy as np
import pytest

from ganlib import data, game, scenes
from ganlib.game import BATCH, STEPS, Game

RING = game.MIXTURES["ring"]


def weights(match):
    return np.concatenate([weight.ravel() for weight in match.gan.get_weights()])


def test_a_game_follows_from_its_seed_alone():
    first = Game(RING, width=16, depth=1, seed=3)
    random.seed(99)
    second = Game(RING, width=16, depth=1, seed=3)
    np.testing.assert_array_equal(weights(first), weights(second))
    other = Game(RING, width=16, depth=1, seed=4)
    assert (weights(first) != weights(other)).any()


def test_a_game_leaves_the_notebooks_random_numbers_alone():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    Game(RING, width=16, depth=1)
    assert random.random() == expected


@pytest.mark.parametrize("update", ["alternating", "simultaneous"])
def test_steps_are_those_of_fit(update):
    played, stepped = (Game(RING, width=16, depth=1, update=update) for _ in range(2))
    points = played.points
    played.gan.fit(points, batch_size=BATCH, steps_per_epoch=STEPS, epochs=1, verbose=0)
    for _ in range(STEPS // 2):
        stepped.step()
    for _ in range(STEPS - STEPS // 2):
        stepped.halves()
    # The graph may fuse what the eager step does one by one: float32 rounding over ten steps.
    np.testing.assert_allclose(weights(stepped), weights(played), rtol=1e-3, atol=1e-5)


def test_halves_move_one_player_each():
    match = Game(RING, width=16, depth=1)
    before = match.look()
    first, second = match.halves()
    np.testing.assert_array_equal(first["fake"], before["fake"])
    np.testing.assert_array_equal(first["net"], before["net"])
    assert (first["surface"] != before["surface"]).any()
    np.testing.assert_array_equal(second["surface"], first["surface"])
    assert (second["fake"] != first["fake"]).any()
    assert (first["moved"], second["moved"]) == ("discriminator", "generator")


@pytest.mark.parametrize("update", ["alternating", "simultaneous"])
def test_the_generator_follows_the_new_or_the_old_discriminator(update):
    match = Game(RING, width=16, depth=1, update=update)
    before = match.look()
    first, _ = match.halves()
    same = np.array_equal(first["pull"], before["pull"])
    assert same == (update == "simultaneous")


def test_the_losses_are_those_of_the_samples_seen():
    match = Game(RING, width=16, depth=1)
    look = match.look()
    of_real, of_fake = (match.gan.discriminator(look[name]) for name in ("real", "fake"))
    expected = match.gan.adversarial_loss.discriminator(of_real, of_fake)
    # The same float32 numbers in batches of another size.
    np.testing.assert_allclose(look["curves"]["discriminator"][1][-1], expected, rtol=1e-5)
    probability = keras.ops.sigmoid(match.gan.discriminator(np.array([[-1.5, -1.5]])))
    np.testing.assert_allclose(look["surface"][0, 0], probability[0, 0], rtol=1e-5)
    assert look["curves"]["modes"][1][-1] <= 1
    scenes.duel(**look)


def test_a_game_of_points_is_won():
    match = Game(data.ring(modes=4, sigma=0.1), seed=0)
    match.gan.fit(match.points, batch_size=BATCH, epochs=6, verbose=0)
    assert match.look()["curves"]["modes"][1][-1] == 1


def test_long_curves_are_thinned_and_keep_their_ends():
    match = Game(RING, width=16, depth=1)
    for i in range(700):
        match.gan.step.assign(i)
        match._note(np.zeros(2), np.zeros(2), np.zeros((2, 2)))
    steps, values = match._curves["modes"]
    assert len(steps) == len(values) <= 600
    assert steps[0] == 0 and steps[-1] == 699
    assert steps == sorted(set(steps))


def test_rates_are_set_for_the_steps_to_come():
    match = Game(RING, width=16, depth=1)
    match.set_rates(0.0, 1e-3)
    generator = match.gan.generator.get_weights()
    discriminator = match.gan.discriminator.get_weights()
    match.step()
    for a, b in zip(match.gan.generator.get_weights(), generator, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (match.gan.discriminator.get_weights()[0] != discriminator[0]).any()


def test_an_unknown_regularizer_is_refused():
    with pytest.raises(ValueError, match="Expected a regularizer out of"):
        Game(RING, regularizer="R3")
