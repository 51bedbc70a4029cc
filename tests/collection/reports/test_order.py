"""What runs beside what, and the survey after all others."""

import threading
import time
from pathlib import Path

from bs4 import BeautifulSoup

from rbm_lib.collection.reports import jupyter
from rbm_lib.collection.reports import render as reports

pytest_plugins = ["support.collection_making"]


def test_notebooks_run_side_by_side_where_the_order_allows(collection, here, monkeypatch):
    events, inner, both = [], jupyter.execute, threading.Barrier(2)

    def watched(job, running):
        slug = job.source.stem
        events.append((slug, "begins"))
        if slug != "13-second":
            both.wait(60)  # 11 and 17 meet here, or one of them fails
        seconds = inner(job, running)
        events.append((slug, "ends"))
        return seconds

    monkeypatch.setattr(jupyter, "execute", watched)
    assert collection.run("--jobs", "2") == 0
    assert events.index(("13-second", "begins")) > events.index(("11-first", "ends"))


def test_a_full_run_has_one_notebook_at_a_time_that_trains_several_machines(collection, here, monkeypatch):
    seen, inside, inner = [], [], jupyter.execute

    def watched(job, running):
        inside.append(job.source.stem)
        seen.append((len(inside), job.environment["RBM_JOBS"]))
        time.sleep(0.2)  # time enough for a neighbour
        seconds = inner(job, running)
        inside.remove(job.source.stem)
        return seconds

    monkeypatch.setattr(jupyter, "execute", watched)
    assert collection.run("--jobs", "3", "--profile", "full") == 0
    assert seen == [(1, "3")] * 3
    seen.clear()
    assert collection.run("--only", "17", "--jobs", "3") == 0
    assert seen == [(1, "1")]


SURVEY = "value = 0.125 * len(list((report.folder / 'results').glob('1[137]-*.json')))"


def test_a_survey_runs_after_all_the_others_and_again_when_one_has_changed(collection, here, monkeypatch):
    collection.write("19-survey", SURVEY, reads="`results/*.json` of all before")
    events, inner = [], jupyter.execute

    def watched(job, running):
        events.append((job.source.stem, "begins"))
        time.sleep(0.2)  # time enough for a survey that does not wait
        seconds = inner(job, running)
        events.append((job.source.stem, "ends"))
        return seconds

    monkeypatch.setattr(jupyter, "execute", watched)
    assert collection.run("--jobs", "4") == 0
    assert events[-2:] == [("19-survey", "begins"), ("19-survey", "ends")]
    assert collection.results("19-survey")["records"][1]["value"] == 0.375
    here.clear()
    collection.write("17-alone", "value = 0.625")
    assert collection.run() == 0
    assert here == ["17-alone", "19-survey"]


def test_a_survey_needs_nobody_and_says_what_it_found(collection, here):
    collection.write("19-survey", SURVEY, reads="`results/*.json` of all before")
    assert collection.run("--only", "19") == 0
    assert here == ["19-survey"]  # named alone, it makes do with what is there
    assert collection.results("19-survey")["records"][1]["value"] == 0
    collection.write("17-alone", "value = 1 / 0")
    here.clear()
    assert collection.run() == reports.FAILED
    assert here == ["11-first", "13-second", "17-alone", "19-survey"]
    assert collection.results("19-survey")["records"][1]["value"] == 0.25


def test_results_open_with_the_survey(collection, here):
    collection.write("19-survey", SURVEY, reads="`results/*.json` of all before")
    assert collection.run("--profile", "full") == 0
    text = (collection.reports / "planted" / "RESULTS.md").read_text()
    sections = [line for line in text.splitlines() if line.startswith("## ")]
    assert [line[3:5] for line in sections[:-1]] == ["19", "11", "13", "17"]
    listed = [line for line in text.splitlines() if line.startswith("- [")]
    assert listed[0].startswith("- [19 ")
    assert [line[3:5] for line in listed[:-1]] == ["19", "11", "13", "17"]
    assert listed[1] == "- [11 About 11-first](#11-about-11-first)"
    assert text.index(listed[-1]) < text.index(sections[0])
    assert "Where this speaks of" not in text
    (collection.reports / "planted" / "results" / "11-first.json").unlink()
    collection.write("11-first", "value = 0.3")
    assert collection.run("--profile", "full", "--only", "19") == 0
    text = (collection.reports / "planted" / "RESULTS.md").read_text()
    assert "Where this speaks of 11-first, 13-second: not run, or not since something it rests on changed." in text


def test_the_notebook_on_ones_own_ratings_leads_where_ratings_are_ones_own(collection, here, tmp_path, capsys):
    collection.write("18-your-own-ratings")
    own = tmp_path / "mine.csv"
    own.write_text("user,item,rating\nanna,Alien,5\nben,Heat,2\n")
    assert collection.run("--dataset", str(own), "--list") == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["18-your-own-ratings", "11-first", "13-second", "17-alone"]
    assert collection.run("--dataset", str(own)) == 0
    assert here == listed
    index = Path(capsys.readouterr().out.splitlines()[-1])
    cards = BeautifulSoup(index.read_text(), "html.parser").find_all("article")
    assert [card.a["href"].removesuffix(".html") for card in cards] == listed
    assert collection.run("--list") == 0  # of a named set the order is that of reading
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["11-first", "13-second", "17-alone", "18-your-own-ratings"]
