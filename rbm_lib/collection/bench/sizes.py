"""Extrapolation of the benchmark to larger data sets: memory, disk, seconds per epoch."""

from typing import NamedTuple

from .computer import PROCESSORS
from .rows import Bench

FLOAT, TABLES = 4, 3  # bytes; parameters and their two moments
NUM_HIDDEN = 100  # of the large measurement
LARGE_FILMS = 87_585  # items of the large measurement, as in MovieLens-32M
CORES = (2, 16, 64)
MACHINES = (16, 64, 256)  # GB of memory
UNMEASURED = 1.5  # ratio of step times with ten times as many items: the requirement, if it was not measured
ID = 8  # bytes of an item's id, a whole number


class Size(NamedTuple):
    """A set of ratings.

    Attributes:
        name: its common name.
        ratings, users, items: int.
        source: of the numbers.
    """

    name: str
    ratings: int
    users: int
    items: int
    source: str


SIZES = (
    Size("Netflix Prize", 100_480_507, 480_189, 17_770, "Bennett and Lanning 2007, training part"),
    Size("Yahoo! Music", 262_810_175, 1_000_990, 624_961, "Dror and others 2012, KDD Cup 2011, track 1"),
    Size("Amazon Reviews 2023", 571_540_000, 54_510_000, 48_190_000, "its web page, all categories"),
    Size("a billion ratings", 1_000_000_000, 10_000_000, 1_000_000, "made up"),
)


class Need(NamedTuple):
    """The needs of a data set of likes, for `NUM_HIDDEN` hidden units, shards and `RowAdam`.

    Attributes:
        size: `Size`.
        memory: GB.
        disk: GB, of the shards.
        seconds: of an epoch, for each of `CORES`.
        machine: the smallest of `MACHINES` with enough memory, or None.
    """

    size: Size
    memory: float
    disk: float
    seconds: tuple[float, ...]
    machine: int | None


class Rates(NamedTuple):
    """Measurements of the benchmark.

    Attributes:
        ratings: of the large set.
        seconds: of an epoch over the large set, from shards.
        cores: number of cores used.
        memory: GB, peak.
        disk: GB of the shards.
        wider: ratio of step times with ten times as many items, at least 1.
        is_measured: whether `wider` was measured; `UNMEASURED` otherwise.
    """

    ratings: float
    seconds: float
    cores: int
    memory: float
    disk: float
    wider: float
    is_measured: bool

    @property
    def fixed_memory(self) -> float:
        """GB of the large run apart from its tables: the program and buffered ratings."""
        return max(0.0, self.memory - tables_memory(LARGE_FILMS))


def rates_of(bench: Bench) -> Rates | None:
    """The measurements in a benchmark's rows, or None if its large part is missing.

    Args:
        bench: `Bench`.
    """
    seconds = {one["x"]: one["value"] for one in bench.group("large seconds")}
    memory = {one["x"]: one["value"] for one in bench.group("large memory")}
    shape = bench.group("large shape")
    disk = [one["value"] for one in bench.rows if one["name"].endswith(": shards on disk")]
    if not ("shards" in seconds.keys() & memory.keys() and shape and disk and PROCESSORS in bench):
        return None
    steps = sorted(bench.group("wide catalogue"), key=lambda one: one["x"])
    wider = max(1.0, steps[-1]["value"] / steps[0]["value"]) if len(steps) > 1 else UNMEASURED
    large = shape[0]["value"], seconds["shards"], int(bench.value(PROCESSORS))
    return Rates(*large, memory["shards"], disk[0], wider, len(steps) > 1)


def tables_memory(items: int, num_hidden: int = NUM_HIDDEN) -> float:
    """GB of a model of likes: parameters, moments, and the ids of the items."""
    return items * (FLOAT * TABLES * (num_hidden + 1) + ID) / 1e9


def need_of(size: Size, rates: Rates) -> Need:
    """The needs of a data set.

    Seconds are proportional to ratings, times `wider` if there are more items than measured, and inversely proportional
    to cores. Memory is that of the tables plus the constant part of the measured run.

    Args:
        size: `Size`.
        rates: `Rates`.
    """
    wider = rates.wider if size.items > LARGE_FILMS else 1.0
    total = rates.seconds * size.ratings / rates.ratings * wider * rates.cores
    memory = rates.fixed_memory + tables_memory(size.items)
    machine = next((one for one in MACHINES if memory <= one), None)
    disk = rates.disk * size.ratings / rates.ratings
    return Need(size, memory, disk, tuple(total / cores for cores in CORES), machine)


def most_items(memory: float, rates: Rates, num_hidden: int) -> int:
    """The largest number of items, of likes, that fits into this many GB."""
    return max(0, int((memory - rates.fixed_memory) / tables_memory(1, num_hidden)))
