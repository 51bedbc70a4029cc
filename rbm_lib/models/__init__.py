"""Restricted Boltzmann machines in Keras: units, conditionals, engines, training, prediction."""

import lazy_loader

from rbm_lib._process import require_tensorflow

require_tensorflow()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
