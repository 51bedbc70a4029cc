"""The draws of `rbm_lib.draws` as compiled loops."""

import numba
import numpy as np

from rbm_lib._numba import OPTIONS

from .layout import CHUNK, KEY_INCREMENTS, LANE, MULTIPLIERS

_M0, _M1 = (np.uint64(multiplier) for multiplier in MULTIPLIERS)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_W0, _W1 = (np.uint64(increment) for increment in KEY_INCREMENTS)


@numba.njit(inline="always")
def _philox_round(c0, c1, c2, c3, k0, k1):
    p0, p1 = c0 * _M0, c2 * _M1
    return (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW


@numba.njit(inline="always")
def _philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds; the compiler unrolls them, and the loop around them becomes vector instructions."""
    for _ in range(10):
        c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@numba.njit(**OPTIONS)
def fill_uniform(places, user, step, stream, seed, purpose, out):
    """Random numbers for given places: `out[n]` becomes the number of `rbm_lib.draws` for place `places[n]`.

    Args:
        places: ints `(num_places,)`, at least 0.
        user: int, position of the user to whom the chain belongs.
        step: int, as in `DrawAddress`.
        stream: int, 2 * sweep + layer, where a layer is `HIDDEN` or `VISIBLE`.
        seed: int, 0 <= seed < 2**32.
        purpose: `TRAINING` or `PREDICTION`.
        out: float32 `(num_places,)`, overwritten with numbers in [0, 1).
    Example:
        >>> import numpy as np
        >>> from rbm_lib.draws import HIDDEN, TRAINING, fill_uniform
        >>> out = np.empty(2, np.float32)
        >>> fill_uniform(np.array([0, 300]), 4, 0, 2 * 5 + HIDDEN, 1, TRAINING, out)  # user 4, step 0, sweep 5, seed 1
        >>> [f"{draw:.3f}" for draw in out]
        ['0.980', '0.428']
    """
    c1, c2, c3 = np.uint64(user), np.uint64(step) & _LOW, np.uint64(stream)
    k0, k1 = np.uint64(seed), np.uint64(purpose)
    for n in range(len(places)):
        place = np.uint32(places[n])
        block = np.uint64((place >> np.uint32(8)) * np.uint32(LANE) + (place & np.uint32(LANE - 1)))
        word = (place >> np.uint32(6)) & np.uint32(3)
        w0, w1, w2, w3 = _philox(block, c1, c2, c3, k0, k1)
        low = w0 if word == np.uint32(0) else w1
        high = w2 if word == np.uint32(2) else w3
        chosen = low if word < np.uint32(2) else high
        out[n] = np.float32(np.uint32(chosen) >> np.uint32(8)) * np.float32(2.0**-24)


@numba.njit(**OPTIONS)
def fill_uniform_from_0(user, step, stream, seed, purpose, out):
    """`fill_uniform` for places 0, 1, 2, ..., at a third of the cost: it uses all four words of each block.

    Args:
        user, step, stream, seed, purpose: as in `fill_uniform`.
        out: float32, its length a multiple of `CHUNK`, overwritten with numbers in [0, 1).
    Example:
        >>> import numpy as np
        >>> from rbm_lib.draws import CHUNK, HIDDEN, TRAINING, fill_uniform_from_0
        >>> out = np.empty(2 * CHUNK, np.float32)
        >>> fill_uniform_from_0(4, 0, 2 * 5 + HIDDEN, 1, TRAINING, out)  # user 4, step 0, sweep 5, seed 1
        >>> [f"{draw:.3f}" for draw in out[[0, 300]]]
        ['0.980', '0.428']
    """
    c1, c2, c3 = np.uint64(user), np.uint64(step) & _LOW, np.uint64(stream)
    k0, k1 = np.uint64(seed), np.uint64(purpose)
    scale, unused = np.float32(2.0**-24), np.uint32(8)
    for chunk in range(len(out) // CHUNK):
        first = out[chunk * CHUNK : chunk * CHUNK + LANE]
        second = out[chunk * CHUNK + LANE : chunk * CHUNK + 2 * LANE]
        third = out[chunk * CHUNK + 2 * LANE : chunk * CHUNK + 3 * LANE]
        fourth = out[chunk * CHUNK + 3 * LANE : chunk * CHUNK + 4 * LANE]
        for lane in range(LANE):
            w0, w1, w2, w3 = _philox(np.uint64(chunk * LANE + lane), c1, c2, c3, k0, k1)
            first[lane] = np.float32(np.uint32(w0) >> unused) * scale
            second[lane] = np.float32(np.uint32(w1) >> unused) * scale
            third[lane] = np.float32(np.uint32(w2) >> unused) * scale
            fourth[lane] = np.float32(np.uint32(w3) >> unused) * scale
