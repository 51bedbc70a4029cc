from .freshness import Ledger as Ledger
from .imports import code_of_notebook as code_of_notebook
from .imports import reachable as reachable
