"""Analysis of a trained machine: likelihoods, free energies, hidden units, chains, recommendations for new users."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
