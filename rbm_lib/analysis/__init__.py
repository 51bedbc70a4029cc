"""What a trained machine believes: likelihoods, free energies, hidden units, chains, newcomers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
