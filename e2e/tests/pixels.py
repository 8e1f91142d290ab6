"""Prints as JSON what astropy reads at FITS pixels (1-based) of a file: value and position."""

import io
import json
import sys
import urllib.request

from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales

url, hdu, *numbers = sys.argv[1:]
with urllib.request.urlopen(url) as answer:
    image = fits.open(io.BytesIO(answer.read()))[int(hdu)]
wcs = WCS(image.header).celestial
out = []
for x, y in zip(numbers[::2], numbers[1::2]):
    x, y = int(x), int(y)
    ra, dec = wcs.all_pix2world(x, y, 1)
    scale = float(max(proj_plane_pixel_scales(wcs))) * 3600
    out.append({"value": float(image.data[y - 1, x - 1]), "ra": float(ra), "dec": float(dec), "scale_arcsec": scale})
print(json.dumps(out))
