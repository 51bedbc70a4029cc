from .mpi import mpi as mpi
from .ranks import Ranks as Ranks
