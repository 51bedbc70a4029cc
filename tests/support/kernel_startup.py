"""What the kernels of `make notebooks` do before the first cell (PYTHONSTARTUP): look less often for what can go.

The imports of a notebook make a million objects that all stay; with Python's own thresholds, looking through them again
and again takes a fifth of the time of importing them.
"""

import gc

gc.set_threshold(20_000, 10, 10)
del gc
