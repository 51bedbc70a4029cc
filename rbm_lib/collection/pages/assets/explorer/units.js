// The hidden units: each described by the films that it raises and lowers most, and its state for the user.

import { counted, listed, make, short } from "./elements.js";

const KNOWN = 200; // only this many of the most rated films describe a unit
const ENDS = 2; // films at each end
const SHOWN = 6;

/** For each unit: {name, said, low, high: titles at its ends, worth: root mean square of how far it moves a film}. */
export function describe(machine, given) {
  const films = Math.min(KNOWN, machine.numFilms);
  const slopes = Array.from({ length: films }, (_, film) => machine.slopes(film));
  return Array.from({ length: machine.numHidden }, (_, j) => {
    const order = [...slopes.keys()].sort((x, y) => slopes[y][j] - slopes[x][j]);
    const titles = (places) => places.map((film) => short(machine.titles[film], 26));
    const high = titles(order.slice(0, ENDS).filter((film) => slopes[film][j] > 0));
    const low = titles(order.slice(-ENDS).reverse().filter((film) => slopes[film][j] < 0));
    const name = given?.[j] ?? `unit ${j + 1}`;
    const said = [high.length && `raises ${listed(high)}`, low.length && `lowers ${listed(low)}`].filter(Boolean).join(" and ");
    const worth = Math.sqrt(slopes.reduce((sum, of) => sum + of[j] ** 2, 0) / films);
    return { name, said, low, high, worth };
  });
}

/** The units that the user has moved most, weighted by `worth`, and those asked for, in their own order. */
export function movedUnits(machine, names, { hidden }, asked) {
  const moved = (j) => Math.abs(hidden[j] - machine.rest[j]) * names[j].worth;
  const most = [...hidden.keys()].sort((x, y) => moved(y) - moved(x)).slice(0, SHOWN);
  return [...new Set([...asked, ...most])].slice(0, Math.max(SHOWN, asked.length)).sort((x, y) => x - y);
}

/** A sentence on the effect of the ratings so far: the unit that they moved furthest. */
export function inShort(machine, names, { hidden, ratings }) {
  if (!ratings.size) return "";
  const [j] = [...hidden.keys()].sort((x, y) => Math.abs(hidden[y] - machine.rest[y]) - Math.abs(hidden[x] - machine.rest[x]));
  const [from, to] = [machine.rest[j], hidden[j]].map((p) => Math.round(100 * p));
  return `${counted(ratings.size, "rating")} so far. Moved furthest: ${names[j].name}, from ${from} to ${to} % on.`;
}

/** A sentence on how far the user bias moves the predictions for the most rated films; empty without a user bias. */
export function leanInWords(machine, words, person) {
  if (!machine.numTilts || !person.ratings.size) return "";
  const nobody = { power: new Float64Array(machine.numValues).fill(1) };
  const films = Math.min(KNOWN, machine.numFilms);
  let sum = 0;
  for (let film = 0; film < films; film++) sum += machine.average(film, person) - machine.average(film, nobody);
  return `And apart from all taste: you rate ${sum < 0 ? "more strictly" : "more generously"} than most, ${words.change(sum / films)} ${words.points} on every film.`;
}

/** One unit as a list element. */
export function unitItem(machine, { name, said, low, high }, j, { hidden }, explains) {
  const [now, rest] = [hidden[j], machine.rest[j]];
  const percent = Math.round(100 * now);
  const axis = make("span", { className: "axis", ariaHidden: "true" }, make("i", { className: "moved" }), make("i", { className: "rest" }), make("i", { className: "now" }));
  axis.style.setProperty("--now", now);
  axis.style.setProperty("--rest", rest);
  const ends = make("span", { className: "ends", ariaHidden: "true" },
    [low, high].map((titles) => make("span", {}, titles.map((title) => make("bdi", {}, title)))));
  const item = make("li", {},
    make("b", {}, name), make("span", { className: "percent" }, `${percent} % on`), axis, ends,
    make("span", { className: "unseen" }, `, ${Math.round(100 * rest)} % before any rating. When it is on, it ${said}.`));
  item.classList.toggle("explains", explains);
  item.dataset.unit = j;
  return item;
}
