// The explorer: rate films, watch hidden units change, see recommendations and their reasons. anywidget calls
// `render({model, el})`; in a page, boot.js passes a model of its own.

import { Machine } from "./machine.js";
import { counted, make, wording } from "./elements.js";
import { searchField } from "./search.js";
import { asTable, fromTable, ratingRow } from "./rated.js";
import { describe, inShort, leanInWords, movedUnits, unitItem } from "./units.js";
import { explanation } from "./explain.js";
import { chainPanel } from "./chain.js";
import { linesOver } from "./links.js";

const SUGGESTED = 8;
const COMPARED = 5;
const LINKED = 4; // ratings with lines to the units
const FILE = "my-ratings.csv";
const UNITS = "A hidden unit is a switch that the machine invented. Nobody told it what for: the films at its ends show what it came to stand for. Like those on the right and it goes on, like those on the left and it goes off. The dot shows how sure the machine is that it is on for you, the thin mark how sure it was before your ratings.";
const NAMED = " Where the truth is known, a unit is called after the taste that it follows most.";
const FOLLOW = "The units then speak for films that you have not rated. Choose one to see why.";
let explorers = 0; // on this page; makes ids unique

/** The model's `ratings`, {film: value}, as a Map from the index of a film to the index of its value. */
function ratingsOf(model, machine) {
  const pairs = Object.entries(model.get("ratings") ?? {}).map(([film, value]) => [Number(film), machine.values.indexOf(value)]);
  return new Map(pairs.filter(([film, state]) => film in machine.titles && state >= 0));
}

/** The indices of the values that a user can choose: all, the whole numbers, or ten of them. */
function offeredBy({ values }) {
  const places = [...values.keys()];
  if (values.length <= 6) return places;
  const whole = places.filter((place) => Number.isInteger(values[place]) && values[place] > 0);
  if (whole.length > 1 && whole.length <= 10) return whole;
  return Array.from({ length: 10 }, (_, n) => Math.round((n * (values.length - 1)) / 9));
}

/** Recommended films, best first: {film, expected, change}, without the rated ones. */
export function suggestions(machine, person, order, most = SUGGESTED) {
  const films = [];
  for (let film = 0; film < machine.numFilms; film++) {
    if (person.ratings.has(film)) continue;
    const expected = machine.expected(film, person);
    films.push({ film, expected, change: expected - machine.level(film, person) });
  }
  films.sort((x, y) => y.expected - x.expected);
  if (order === "stars" || !person.ratings.size) return films.slice(0, most);
  const better = films.slice(0, Math.max(most, films.length >> 1)); // the largest rise, among the better half only
  return better.sort((x, y) => y.change - x.change).slice(0, most);
}

/** Films for comparison with the recommendations: the best by average, or the most rated, as {film, expected}. */
export function compared(machine, person, order, most = COMPARED) {
  const films = [...Array(machine.numFilms).keys()].filter((film) => !person.ratings.has(film));
  const value = machine.averages ? (film) => machine.average(film, person) : (film) => machine.level(film, person);
  const found = films.map((film) => ({ film, expected: value(film) }));
  if (order === "averages") found.sort((x, y) => y.expected - x.expected);
  return found.slice(0, most);
}

const choice = (label, options) => {
  const select = make("select", { "aria-label": label });
  for (const [value, words] of options) select.append(make("option", { value }, words));
  return select;
};

class Explorer {
  constructor(model, el) {
    this.model = model;
    this.name = `explorer-${explorers++}-${Math.random().toString(36).slice(2, 7)}`;
    const bundle = model.get("bundle");
    this.machine = new Machine(bundle);
    this.ids = bundle.ids ?? bundle.titles;
    const words = wording(this.machine);
    this.context = { machine: this.machine, words, names: describe(this.machine, bundle.names), offered: offeredBy(this.machine) };
    this.ratings = ratingsOf(model, this.machine);
    this.listed = [...new Set([...this.ratings.keys(), ...bundle.first])];
    this.chosen = null; // the film whose prediction is explained
    this.asked = false; // whether the user chose it
    this.build(el);
    this.rows();
    this.update();
  }

  build(el) {
    const { machine, context } = this;
    const part = (area, title, said, ...children) => {
      return make("section", { className: area, "aria-label": title }, make("h3", {}, title), make("p", { className: "note" }, said), children);
    };
    this.films = make("div", { className: "films" });
    this.units = make("ul", { className: "units" });
    this.lean = make("p", { className: "lean" });
    this.picks = make("ol", { className: "picks" });
    this.beside = make("ol", { className: "picks beside" });
    this.heads = make("p", { className: "note heads" });
    this.sum = make("p", { className: "lean" });
    this.order = choice("Order of the suggestions", [["change", "raised most by your ratings"], ["stars", "highest first"]]);
    const averages = machine.averages ? [["averages", `best by ${machine.averages}`]] : [];
    this.other = choice("What to compare with", [...averages, ["known", "best known"]]);
    this.order.addEventListener("change", () => this.update());
    this.other.addEventListener("change", () => this.update());
    this.message = make("p", { className: "note message", role: "status" });
    this.explained = explanation(context, (film) => this.row(film));
    this.chain = chainPanel(context);
    this.board = make("div", { className: "board" },
      part("rating", "1 · Rate films", "A handful is enough. Nothing leaves your browser.", searchField(machine.titles, this.name, (film) => this.add(film)), this.films, this.sum, this.tools(), this.message),
      part("moving", "2 · Hidden units switch", UNITS + (this.model.get("bundle").names ? NAMED : ""), this.units, this.lean),
      part("following", "3 · Films follow", FOLLOW, this.order, this.heads, this.picks),
      this.explained.panel,
      part("besides", "For comparison: without hidden units", machine.numTilts ? "What anybody who is as generous as you would be told." : "What anybody would be told.", this.other, this.beside),
      this.chain.panel);
    el.append(make("div", { className: "rbm-explorer" }, this.board));
    this.lines = linesOver(this.board);
    this.observer = new ResizeObserver(() => this.link());
    this.observer.observe(this.board);
  }

  tools() {
    const clear = make("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => this.replace(new Map()));
    const save = make("button", { type: "button" }, "Save as a file");
    save.addEventListener("click", () => this.save());
    const load = make("input", { type: "file", accept: ".csv,text/csv", className: "unseen" });
    load.addEventListener("change", () => load.files[0]?.text().then((text) => this.load(text)).finally(() => (load.value = "")));
    return make("p", { className: "tools" }, clear, save, make("label", { className: "button" }, load, "Load a file"));
  }

  save() {
    const address = URL.createObjectURL(new Blob([asTable(this.machine, this.ids, this.ratings)], { type: "text/csv" }));
    make("a", { href: address, download: FILE }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    this.message.textContent = `${FILE} holds ${counted(this.ratings.size, "rating")}: a file that the notebook on your own ratings reads.`;
  }

  load(text) {
    const { ratings, missing, refused } = fromTable(this.machine, this.ids, text);
    if (!refused) this.replace(ratings);
    const left = missing.length ? `; not here, or no rating of this scale: ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""}` : "";
    this.message.textContent = refused || `${counted(ratings.size, "rating")} read${left}`;
  }

  row(film) {
    const name = `${this.name}-${film}-${Math.random().toString(36).slice(2, 7)}`;
    return ratingRow(this.context, film, this.ratings.get(film), name, (place, state) => this.rate(place, state));
  }

  rows() {
    this.films.replaceChildren(...this.listed.map((film) => this.row(film)));
  }

  add(film) {
    this.listed = [film, ...this.listed.filter((other) => other !== film)];
    this.rows();
    this.films.querySelector("input").focus();
    this.films.scrollTop = 0;
    this.link();
  }

  rate(film, state) {
    if (state === undefined) this.ratings.delete(film);
    else this.ratings.set(film, state);
    if (!this.listed.includes(film)) {
      this.listed.unshift(film);
      this.films.prepend(this.row(film));
    }
    const row = this.films.querySelector(`[data-film="${film}"]`);
    const moves = !row.contains(document.activeElement); // rated in the explanation, which shows another film now
    row.say(state);
    this.send();
    this.update();
    if (moves) row.querySelector("input:checked")?.focus({ preventScroll: true });
  }

  replace(ratings) {
    this.ratings = ratings;
    this.listed = [...new Set([...ratings.keys(), ...this.listed])];
    this.rows();
    this.send();
    this.update();
  }

  send() {
    const { machine, model } = this;
    model.set("ratings", Object.fromEntries([...this.ratings].map(([film, state]) => [`${film}`, machine.values[state]])));
    model.save_changes();
  }

  /** Applies ratings that were set from Python. */
  receive() {
    const given = ratingsOf(this.model, this.machine);
    if (given.size === this.ratings.size && [...given].every(([film, state]) => this.ratings.get(film) === state)) return;
    this.ratings = given;
    this.listed = [...new Set([...given.keys(), ...this.listed])];
    this.rows();
    this.update();
  }

  update() {
    const { machine, context } = this;
    const person = machine.person(this.ratings);
    this.person = person;
    const best = suggestions(machine, person, this.order.value);
    const beside = compared(machine, person, this.other.value);
    this.asked &&= [...best, ...beside].some(({ film }) => film === this.chosen);
    if (!this.asked) this.chosen = best[0]?.film ?? null;
    this.lean.textContent = leanInWords(machine, context.words, person);
    this.picks.replaceChildren(...best.map((pick) => this.pick(pick)));
    this.beside.replaceChildren(...beside.map((pick) => this.pick(pick)));
    const heads = this.ratings.size ? ["", context.words.head, "changed by you"] : ["nothing rated yet: for anybody", context.words.head, ""];
    this.heads.replaceChildren(...heads.map((head) => make("span", {}, head)));
    this.sum.textContent = inShort(machine, context.names, person);
    this.explain();
    this.chain.show(person);
  }

  pick({ film, expected, change }) {
    const { machine, context: { words } } = this;
    const button = make("button", { type: "button", ariaPressed: `${film === this.chosen}` },
      make("span", { className: "title" }, machine.titles[film]), make("span", { className: "expected" }, words.expected(expected)));
    if (change !== undefined) button.append(make("span", { className: "change" }, this.ratings.size ? words.change(change) : ""));
    button.dataset.film = film;
    button.addEventListener("click", () => this.choose(film));
    return make("li", {}, button);
  }

  choose(film) {
    this.chosen = film;
    this.asked = true;
    for (const button of this.board.querySelectorAll(".picks button")) button.ariaPressed = `${Number(button.dataset.film) === film}`;
    this.explain();
  }

  explain() {
    const { machine, person, context: { names } } = this;
    this.reasons = this.explained.show(this.chosen, person);
    const through = person.ratings.size ? (this.reasons?.units ?? []) : [];
    const shown = movedUnits(machine, names, person, through);
    this.units.replaceChildren(...shown.map((j) => unitItem(machine, names[j], j, person, through.includes(j))));
    this.link();
  }

  /** Draws the lines to the units that explain the chosen film, if the columns are side by side. */
  link() {
    const { board, reasons, films, units } = this;
    if (!reasons?.ratings.length || !board.isConnected) return this.lines.show([]);
    const film = (place) => board.querySelector(`.picks [data-film="${place}"]`);
    const links = [];
    for (const j of reasons.units) {
      const unit = units.querySelector(`[data-unit="${j}"]`);
      links.push({ from: unit, to: film(reasons.film), nats: reasons.through[j] });
      for (const one of reasons.ratings.slice(0, LINKED)) {
        links.push({ from: films.querySelector(`[data-film="${one.film}"]`), to: unit, nats: one.units[j] });
      }
    }
    this.lines.show(links);
  }
}

export function render({ model, el }) {
  const explorer = new Explorer(model, el);
  const heard = () => explorer.receive();
  model.on("change:ratings", heard);
  return () => {
    model.off("change:ratings", heard);
    explorer.observer.disconnect();
  };
}
