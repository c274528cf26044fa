"""What tests of producers write."""

import numpy as np

SMALL = {"pixel_format": "bgr24", "width": 64, "height": 48}


def picture(info, seed=0):
    """Noise, of that layout."""
    shape = (info.height, info.width, 3) if info.pixel_format == "bgr24" else (info.height, info.width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
