"""`fit` over several processes, as far as one process can tell; the rest is in tests/workers."""

import keras
import numpy as np
import pytest
from support.checkpoint_making import NUM_ITEMS, InMemory

from rbm_lib import RBM
from rbm_lib.models.training.spreading import digest


@pytest.mark.parametrize("workers", [4, True, "mpi"])
def test_workers_that_are_none_are_refused(workers):
    run = InMemory()
    with pytest.raises(ValueError, match=rf"^workers: expected rbm_lib\.workers\.mpi\(\) or None, found {workers!r}"):
        run.model().fit(run.x, workers=workers, verbose=0)


def test_a_digest_sees_every_variable():
    model = RBM(NUM_ITEMS, 3, persistent_chains=5, seed=1)
    model.compile(keras.optimizers.Adam(0.1))
    model.optimizer.build(model.moving)
    variables = [*model.weights, *model.optimizer.variables]
    seen = {digest(variables)}
    for variable in variables:
        changed = np.array(variable)
        changed.flat[-1] -= 1
        variable.assign(changed)
        seen.add(digest(variables))
    assert len(seen) == len(variables) + 1
