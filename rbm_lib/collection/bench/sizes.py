"""What larger sets of ratings would take, from what the benchmark measured: memory, disk, seconds an epoch."""

from typing import NamedTuple

from .computer import PROCESSORS
from .rows import Bench

FLOAT, TABLES = 4, 3  # bytes; parameters and their two moments
NUM_HIDDEN = 100  # what the large measurement has
LARGE_FILMS = 87_585  # of MovieLens-32M's shape, in which it is made
CORES = (2, 16, 64)
MACHINES = (16, 64, 256)  # GB of memory
UNMEASURED = 1.5  # times as long in a catalogue ten times as wide: the bar, where the benchmark's file has no such row
ID = 8  # bytes of an item's id, a whole number


class Size(NamedTuple):
    """A set of ratings.

    Attributes:
        name: what readers know it by.
        ratings, users, items: int.
        source: where the numbers are from.
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
    """What a size needs, of likes and `NUM_HIDDEN` hidden units, from shards, by `RowAdam`.

    Attributes:
        size: `Size`.
        memory: GB.
        disk: GB, of the shards.
        seconds: of an epoch, for each of `CORES`.
        machine: the smallest of `MACHINES` that holds it, or None.
    """

    size: Size
    memory: float
    disk: float
    seconds: tuple[float, ...]
    machine: int | None


class Rates(NamedTuple):
    """What the benchmark measured, as rates.

    Attributes:
        ratings: of the large set.
        seconds: of an epoch over it from shards.
        cores: that it ran on.
        memory: GB, its peak.
        disk: GB of its shards.
        wider: times as long a step takes in a catalogue ten times as wide, at least 1.
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
        """GB that the large set's run takes beside its tables: the program, and ratings on their way."""
        return max(0.0, self.memory - tables_memory(LARGE_FILMS))


def rates_of(bench: Bench) -> Rates | None:
    """The rates that a benchmark's rows hold, or None where its large part is missing.

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
    """GB of a machine of likes: parameters and moments, and the ids of its items."""
    return items * (FLOAT * TABLES * (num_hidden + 1) + ID) / 1e9


def need_of(size: Size, rates: Rates) -> Need:
    """What a size needs.

    Seconds follow the ratings, times `wider` where there are more items than measured, and are shared out among the
    cores without loss. Memory is that of the tables and what the measured run took beside them.

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
    """How many items of likes a machine of so many GB holds."""
    return max(0, int((memory - rates.fixed_memory) / tables_memory(1, num_hidden)))
