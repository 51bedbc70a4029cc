from .files import load as load
from .files import save as save
from .machine import ServedMachine as ServedMachine
from .tables import Tables as Tables
