"""Figures with knobs for a notebook. Nothing else of the package needs ipywidgets."""

from ganlib.widgets.dashboard import Dashboard
from ganlib.widgets.explore import explore
from ganlib.widgets.latent import LatentExplorer
from ganlib.widgets.playground import Playground

__all__ = ["Dashboard", "LatentExplorer", "Playground", "explore"]
