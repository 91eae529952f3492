"""Shapes, parameter counts and what the builders promise."""

import keras
import numpy as np
import pytest

from ganlib import networks


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 32, 3), (20, 12, 1)])
@pytest.mark.parametrize("build", [networks.dcgan, networks.conditional_dcgan])
def test_images_fit(build, image_shape):
    generator, discriminator = build(image_shape=image_shape, latent_dim=5, width=4)
    labels = [keras.ops.arange(3)] if build is networks.conditional_dcgan else []
    noise = keras.random.normal((3, 5), seed=0)
    images = generator([noise, *labels] if labels else noise)
    assert images.shape == (3, *image_shape)
    assert np.abs(images).max() <= 1
    assert discriminator([images, *labels] if labels else images).shape == (3, 1)


def test_parameter_counts():
    """Counted by hand, kernel by kernel."""
    generator, discriminator = networks.dcgan()
    assert generator.count_params() == (
        64 * 3136 + 4 * 3136 + 16 * 64 * 32 + 4 * 32 + 16 * 32 * 1 + 1
    )
    assert discriminator.count_params() == (16 * 32 + 32) + (16 * 32 * 64 + 64) + (3136 + 1)


def test_conditional_networks_look_at_the_label():
    generator, discriminator = networks.conditional_dcgan(width=4)
    for weight in generator.trainable_weights:
        if weight.name in ("gamma", "beta"):
            weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    noise = np.ones((2, 64), "float32")
    first, second = generator([noise, np.array([0, 1])])
    assert np.abs(first - second).max() > 1e-3
    image = np.ones((2, 28, 28, 1), "float32")
    first, second = discriminator([image, np.array([0, 1])])
    assert abs(float(first[0]) - float(second[0])) > 1e-6


@pytest.mark.parametrize("image_shape", [(30, 28, 1), (28, 30, 1)])
@pytest.mark.parametrize("build", [networks.dcgan, networks.conditional_dcgan])
def test_sizes_that_do_not_double_are_refused(build, image_shape):
    with pytest.raises(ValueError, match=r"multiples of 4.*Received: \("):
        build(image_shape=image_shape)


def test_mlp_for_points_and_images():
    generator, discriminator = networks.mlp(width=8, depth=2)
    points = 100 * generator(np.ones((3, 2), "float32"))
    assert points.shape == (3, 2)
    assert discriminator(points).shape == (3, 1)
    assert len([layer for layer in discriminator.layers if "dense" in layer.name]) == 3
    generator, discriminator = networks.mlp((28, 28, 1), latent_dim=7, width=8)
    images = generator(1e3 * np.ones((3, 7), "float32"))
    assert images.shape == (3, 28, 28, 1)
    assert np.abs(images).max() <= 1
    assert discriminator(images).shape == (3, 1)


def test_outputs_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    for build in (networks.dcgan, networks.mlp):
        generator, discriminator = build()
        assert generator.outputs[0].dtype == discriminator.outputs[0].dtype == "float32"


def test_pairs_that_do_not_fit():
    with pytest.raises(ValueError, match=r"output shape \(2,\) and input shape \(28, 28, 1\)"):
        networks.check_pair(networks.mlp()[0], networks.dcgan()[1])


def test_a_discriminator_of_any_size_fits():
    anything = keras.Sequential(
        [keras.Input((None, None, 1)), keras.layers.Conv2D(4, 3), keras.layers.Conv2D(1, 3)]
    )
    networks.check_pair(networks.dcgan()[0], anything)
