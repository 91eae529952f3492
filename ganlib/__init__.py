"""Generative adversarial networks in small, tested Keras, for the notebooks of this series."""

import importlib

__version__ = "0.1.0"
__all__ = ["GAN", "VAE", "ConditionalGAN", "Regularizer"]

# Loaded when first asked for, so that the NumPy modules do not have to wait for TensorFlow.
_HOME = {
    "GAN": "ganlib.gan",
    "ConditionalGAN": "ganlib.gan",
    "Regularizer": "ganlib.regularizers",
    "VAE": "ganlib.vae",
}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'ganlib' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
