"""What the pages say of the benchmark's numbers."""

from rbm_lib.collection.bench import words as bench_words
from rbm_lib.collection.bench.rows import Bench, row


def test_growth_is_told_in_multiples():
    rows = [row(f"{e} {x}", v, group="films", series=e, x=x) for e, x, v in (("dense", 10, 2), ("dense", 40, 9))]
    rows += [row("s1", 2, group="films", series="sparse", x=10), row("s4", 3, group="films", series="sparse", x=40)]
    told = bench_words.growth_sentence(Bench(rows), "films")
    assert told == "From 10 to 40 films, 4 times as many, the dense epoch grows 4.5-fold and the sparse epoch 1.5-fold."


def test_what_is_not_in_the_file_is_said():
    for sentence in (
        bench_words.growth_sentence(Bench([]), "films"),
        bench_words.large_sentence(Bench([])),
    ):
        assert sentence.endswith("is not in the benchmark's file; `make bench` measures it.")


def test_bars_are_told_with_what_is_missed():
    held, missed = row("a", 2, at_least=1), row("b", 2.345, "s", at_most=1)
    assert bench_words.bars_sentence(Bench([held, held])) == "Of 2 requirements set beforehand all are met."
    told = bench_words.bars_sentence(Bench([held, missed]))
    assert told == "Of 2 requirements set beforehand 1 is met. Missed: b (2.35 s where at most 1 s is asked)."


def test_the_readers_line_needs_a_whole_benchmark():
    rows = [
        row("processors", 2.0, group="machine"), row("ratings", 938_949, group="shape"),
        row("sparse epoch, k=1", 0.164), row("dense epoch, k=1", 0.713), row("large", 32_000_204, group="large shape"),
        row("s", 8.73, "s", group="large seconds", x="shards"), row("m", 1.127, "GB", group="large memory", x="shards"),
    ]  # fmt: skip
    assert bench_words.readers_sentence(Bench(rows)) == (
        "On 2 processors an epoch over 939k ratings takes 0.16 s rating by rating, 0.71 s as matrices, 4.3 "
        "times as long; one over 32M ratings 8.7 s from shards, within 1.1 GB of memory."
    )
    busy = Bench([*rows, row(bench_words.LOAD, 0.7, group="machine")])
    assert bench_words.readers_sentence(busy).endswith(
        "The computer was busy before the start: read ratios, not seconds."
    )
    for missing in range(1, len(rows)):
        assert bench_words.readers_sentence(Bench(rows[:missing] + rows[missing + 1 :])) == ""
