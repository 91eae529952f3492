"""A generator's latent space, walked through with sliders."""

import pathlib

import ipywidgets
import numpy as np

from ganlib import latent, plotting, scenes
from ganlib.gan import ConditionalGAN
from ganlib.widgets.controls import ROW, Panel, button, choice
from ganlib.widgets.screen import Screen

_FRAMES = 24  # images of a saved animation


class LatentExplorer(Panel):
    """Shows what a GAN makes of a point in its latent space, and of the way between two.

    Two seeds give two points; a slider morphs the one's image into the other's along the arc
    between them. Further sliders push the point along the principal directions of the
    generator's first layer, and choose the class where the GAN has classes.

    Args:
        gan: trained `GAN` or `ConditionalGAN` of images, whose averaged generator draws.
        directions: number of principal directions, at least 1.
    """

    def __init__(self, gan, directions=4):
        self._gan = gan
        kernels = (w for w in gan.averaged_generator.weights if len(w.shape) == 2)
        first = next(w for w in kernels if w.shape[0] == gan.latent_dim)
        self._directions = latent.principal_directions(first, directions)
        self.screen = Screen()
        self._seeds = [
            ipywidgets.BoundedIntText(seed, 0, 9999, description=f"seed {name}", tooltip=tooltip)
            for seed, name, tooltip in ((0, "A", "the left end"), (1, "B", "the right end"))
        ]
        self._share = _slider("morph", 0.0, 1.0, "from A to B")
        self._pushes = [
            _slider(f"direction {i + 1}", -4.0, 4.0, "push along a principal direction")
            for i in range(directions)
        ]
        self._class = choice("class", [0], 0, "what to draw")
        self._file = ipywidgets.Text("morph.gif", description="file", tooltip="where to save it")
        save = button("Save GIF", "write the way from A to B and back", "download", self._save)
        self._status = ipywidgets.Label()
        sliders = [*self._seeds, self._share, *self._pushes]
        if isinstance(gan, ConditionalGAN):
            self._class.options = range(gan.num_classes)
            sliders.append(self._class)
        for slider in sliders:
            slider.observe(self._draw, "value")
        self._draw()
        super().__init__(
            [
                self.screen,
                ipywidgets.Box(sliders, layout=ROW),
                ipywidgets.Box([self._file, save, self._status], layout=ROW),
            ]
        )

    def images(self, shares):
        """Return the images at these shares of the way from A to B, (n, h, w, c)."""
        ends = [
            np.random.default_rng(seed.value).normal(size=self._gan.latent_dim)
            for seed in self._seeds
        ]
        noise = latent.slerp(*ends, np.asarray(shares)[:, None])
        noise += np.array([push.value for push in self._pushes]) @ self._directions
        inputs = noise.astype("float32")
        if isinstance(self._gan, ConditionalGAN):
            inputs = [inputs, np.full(len(inputs), self._class.value, "int32")]
        return np.asarray(self._gan(inputs))

    def _draw(self, _=None):
        share = self._share.value
        image, *path = self.images([share, *np.linspace(0, 1, 9)])
        alt = f"The image at {share:.0%} of the way from A to B, and the way under it"
        self.screen.show(scenes.morph(image, np.stack(path), share), alt)

    def _save(self, _):
        path = pathlib.Path(self._file.value)
        try:
            plotting.write_animation(path, self.images(np.linspace(0, 1, _FRAMES)))
        except OSError as error:
            self._status.value = f"Not written. {error}"
        else:
            self._status.value = f"Written: {path}"


def _slider(name, low, high, tooltip):
    return ipywidgets.FloatSlider(
        0.0, min=low, max=high, step=(high - low) / 80, description=name, tooltip=tooltip,
        readout_format=".2f",
    )  # fmt: skip
