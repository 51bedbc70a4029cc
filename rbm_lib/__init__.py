"""Restricted Boltzmann machines as recommenders.

Everyday names are here (`RBM`, `Ratings`, `load`, the splits, `Recipe`, ...), everything else in the wings:
`rbm_lib.data`, `datasets`, `splits`, `models`, `baselines`, `evaluation`, `analysis`, and under them `draws` and
`sparse`. `rbm_lib.collection` is the workshop of the notebooks that come with the library.

Importing the package is cheap and changes nothing of the process: each name is fetched on first use, so TensorFlow
starts when a model is made.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
