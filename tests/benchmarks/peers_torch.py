"""A DCGAN in PyTorch, written anew from the description of its tutorial. Needs torch.

Source: "DCGAN Tutorial", N. Inkawhich,
https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html

The tutorial's images have 64 × 64 pixels. Here they have 32 × 32: a border of two dark pixels is
laid around those of 28 × 28, and taken off the samples. So both networks have one level less, the
one with most channels.
"""

import torch
from torch import nn
from torch.nn import functional

WIDTH, BORDER, BATCH_SIZE = 64, 2, 128


def networks(latent_dim):
    """Build the generator, to images (n, 1, 32, 32) in [-1, 1], and the discriminator, to (n,)."""
    generator = nn.Sequential(
        *_up(latent_dim, 4 * WIDTH, stride=1, padding=0),
        *_up(4 * WIDTH, 2 * WIDTH),
        *_up(2 * WIDTH, WIDTH),
        nn.ConvTranspose2d(WIDTH, 1, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(1, WIDTH, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2),
        *_down(WIDTH, 2 * WIDTH),
        *_down(2 * WIDTH, 4 * WIDTH),
        nn.Conv2d(4 * WIDTH, 1, 4, 1, 0, bias=False),
        nn.Sigmoid(),
        nn.Flatten(0),
    )
    for module in (*generator, *discriminator):
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
        elif hasattr(module, "weight"):
            nn.init.normal_(module.weight, 0.0, 0.02)
    return generator, discriminator


def _up(channels, to, stride=2, padding=1):
    convolution = nn.ConvTranspose2d(channels, to, 4, stride, padding, bias=False)
    return convolution, nn.BatchNorm2d(to), nn.ReLU()


def _down(channels, to):
    return nn.Conv2d(channels, to, 4, 2, 1, bias=False), nn.BatchNorm2d(to), nn.LeakyReLU(0.2)


class PyTorch:
    """PyTorch's tutorial: the discriminator's two batches in turn, then the generator, eagerly.

    Args:
        images: floats (n, 28, 28, 1) in [-1, 1].
        seed: int.
    """

    latent_dim = 100
    library = f"PyTorch {torch.__version__}"

    def __init__(self, images, seed=0):
        torch.manual_seed(seed)
        border = 4 * [BORDER]
        self.images = functional.pad(torch.tensor(images).movedim(3, 1), border, value=-1.0)
        self.generator, self.discriminator = networks(self.latent_dim)
        self.optimizers = [
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
            for network in (self.generator, self.discriminator)
        ]

    def train(self, epochs):
        for _ in range(epochs):
            for chosen in torch.randperm(len(self.images)).split(BATCH_SIZE):
                self.step(self.images[chosen])

    def step(self, real):
        optimize_generator, optimize_discriminator = self.optimizers
        fake = self.generator(torch.randn(len(real), self.latent_dim, 1, 1))
        self.discriminator.zero_grad()
        self._loss(real, torch.ones).backward()
        self._loss(fake.detach(), torch.zeros).backward()
        optimize_discriminator.step()
        self.generator.zero_grad()
        self._loss(fake, torch.ones).backward()
        optimize_generator.step()

    def _loss(self, samples, label):
        return functional.binary_cross_entropy(self.discriminator(samples), label(len(samples)))

    def generate(self, noise):
        """Return images (n, 28, 28, 1) for noise (n, latent_dim)."""
        self.generator.eval()
        with torch.inference_mode():
            parts = torch.tensor(noise)[..., None, None].split(500)
            bordered = torch.cat([self.generator(part) for part in parts])
        self.generator.train()
        inner = slice(BORDER, -BORDER)
        return bordered[..., inner, inner].movedim(1, 3).numpy()
