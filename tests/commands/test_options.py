"""Every option of `Reading` can be said on the command line, and what the library says of them is said in its words."""

import argparse
import dataclasses

import pytest

from rbm_lib.commands import options
from rbm_lib.commands.line import make_parser
from rbm_lib.data import Reading

FIELDS = [field.name for field in dataclasses.fields(Reading)]
# A command line for each field, and what `load` is given by it.
SAID = {
    "columns": (["--columns", "item=Film,user=2"], {"item": "Film", "user": 2}),
    "separator": (["--sep", "tab"], "\t"),
    "encoding": (["--encoding", "cp1252"], "cp1252"),
    "quotes": (["--no-quotes"], False),
    "table": (["--table", "Sheet 1"], "Sheet 1"),
    "user": (["--user", "anna"], "anna"),
    "unrated": (["--unrated", "-1", "--unrated", "n/a"], [-1.0, "n/a"]),
    "scale": (["--scale", "as is"], "as is"),
    "best": (["--best", "low"], "low"),
    "num_values": (["--num-values", "7"], 7),
    "threshold": (["--threshold", "3.5"], 3.5),
    "dates": (["--dates", "%d.%m.%Y"], "%d.%m.%Y"),
    "repeats": (["--repeats", "last"], "last"),
    "merge": (["--merge", "case", "--merge", "zeros"], "case,zeros"),
}


def given(*arguments):
    return options.reading_of(make_parser().parse_args(["inspect", "mine.csv", *arguments]))


def flags_of(command):
    """All options of a command."""
    parser = make_parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return {flag for action in commands.choices[command]._actions for flag in action.option_strings}


@pytest.mark.parametrize("command", ["inspect", "train", "evaluate"])
def test_no_option_of_reading_is_forgotten(command):
    assert {f"--{name.replace('_', '-')}" for name in FIELDS} <= flags_of(command)


def test_those_who_read_a_personal_file_have_all_but_the_name_of_its_user():
    """`--user` says there whom to recommend to."""
    assert {f"--{name.replace('_', '-')}" for name in FIELDS} <= flags_of("recommend")
    assert "user" not in options.reading_of(make_parser().parse_args(["recommend", "m.rbm", "--user", "anna"]))


def test_every_option_has_a_help_of_its_own_and_none_is_left_over():
    assert list(options.HELP) == FIELDS == list(SAID)


@pytest.mark.parametrize("name", FIELDS)
def test_an_option_arrives_as_python_writes_it(name):
    arguments, value = SAID[name]
    assert given(*arguments) == {name: value}
    assert getattr(Reading(**given(*arguments)), name) != getattr(Reading(), name)


def test_what_is_not_said_is_not_given():
    assert given() == {}


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["--columns", "user,-,item,rating"], "user,-,item,rating"),
        (["--columns", "user=Last, First", "--columns", "item=3"], {"user": "Last, First", "item": 3}),
        (["--columns", "user = Who, item= What"], {"user": "Who", "item": "What"}),
    ],
)
def test_columns_by_name_by_number_or_in_order(arguments, value):
    assert given(*arguments) == {"columns": value}


def test_marks_are_numbers_texts_or_none_at_all():
    assert given("--unrated", "99")["unrated"] == [99.0]
    assert given("--unrated", "NaN")["unrated"] == ["NaN"]
    assert given("--unrated", "")["unrated"] == [""]
    assert Reading(**given("--no-unrated")).unrated == ()
    assert given("--sep", r"\t") == {"separator": "\t"}
    assert given("--sep", ";") == {"separator": ";"}


@pytest.mark.parametrize("arguments", [["--best", "top"], ["--encoding", "klingon"], ["--columns", "who=3,item=2"]])
def test_a_value_that_cannot_be_is_refused_by_name(arguments):
    with pytest.raises(ValueError, match=rf"^{arguments[0].strip('-')}: expected"):
        given(*arguments)


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("unrated=99 leaves those lines out", "--unrated 99 leaves those lines out"),
        ("found '', unrated='' leaves out", "found '', --unrated '' leaves out"),
        ("scale='as is' takes", "--scale 'as is' takes"),
        ("(threshold= says otherwise)", "(--threshold says otherwise)"),
        ("as columns= names them", "as --columns names them"),
        ("columns={'item': 'Film'}", "--columns item=Film"),
        ("columns={'item': 'My Film', 'user': 1}", "--columns 'item=My Film,user=1'"),
        ("any character: quotes=False", "any character: --no-quotes"),
        ("dates='%d.%m.%Y' names", "--dates %d.%m.%Y names"),
        ("separator=';'", "--separator ';'"),
        ("num_values=10 rounds", "--num-values 10 rounds"),
        ("repeats='last' keeps it, repeats='mean' takes", "--repeats last keeps it, --repeats mean takes"),
        ("encoding: expected one", "--encoding: expected one"),
        ("ratings.csv: expected one", "ratings.csv: expected one"),
        ("my_unrated=99, preunrated=1", "my_unrated=99, preunrated=1"),
        ("an id, found 'unrated=99'; merge='case'", "an id, found 'unrated=99'; --merge case"),  # what a file holds
    ],
)  # fmt: skip
def test_ways_out_are_said_as_they_are_typed(said, typed):
    assert options.as_typed(said) == typed
