from .job import mpi as mpi
from .ranks import Ranks as Ranks
