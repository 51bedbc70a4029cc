"""One training over several processes: every process runs the chains of its users, and all take the same step.

    # train.py, started by `mpiexec -n 4 python train.py`
    model.fit(ratings, batch_size=1024, epochs=20, workers=rbm_lib.workers.mpi())

The result has the bits of one process, whatever their number. In each step the ends of the chains are exchanged, not
gradients: the hidden units' means at both ends (8 bytes a user and hidden unit) and the reconstructions (1 byte a
rating; for user biases, polynomial units and expected reconstructions 8 bytes a rating and score, and 4 a rating and
value). Then each process sums the films' gradients in the same order and takes the optimizer's step. Gradients, as
large as the parameters, stay where they are. Every process holds the ratings and the model, so this makes chains
faster, not data or models larger.

It needs the extra `mpi`: `pip install rbm-lib[mpi]` brings mpi4py and MPICH with its `mpiexec`. On a cluster the
system's own MPI and `srun` or `mpiexec` do as well. Each process computes with as many threads as numba and TensorFlow
take; on one computer give each its share, by `mpiexec -bind-to core -n 4` (one core each) or by NUMBA_NUM_THREADS.

What is particular to several processes:

- The sparse engine only, so every machine of likes or of a list of values; the dense engine is refused.
- All processes run the same script with the same data and settings. What differs is found before the first step, by
  digests, and refused by name. The weights are compared after every epoch.
- Rank 0 validates, and its logs go to all, so `EarlyStopping` and the like act alike. Rank 0 writes: it holds the lock
  of the folder of `Checkpoints`, sends a checkpoint to all when a run goes on, and runs the Keras callbacks that write
  files. A run may go on with another number of processes.
- A process that is killed, or raises an exception alone, ends the whole job with an exit status that is not 0.

Not `tf.distribute`, which sums gradients. `model.fit` under `MultiWorkerMirroredStrategy` fails in Keras 3.15, a single
dense layer too (keras issue 20585): "ValueError: Attempt to convert a value (PerReplica:{...}) with an unsupported type
to a Tensor". A loop of one's own runs, but its sums have another order, so its bits are not those of one process. A
strategy with more than one replica is refused.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
