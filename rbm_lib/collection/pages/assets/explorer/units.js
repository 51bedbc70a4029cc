// The hidden units: what each stands for, by the films at its ends, and where a person has moved it.

import { listed, make, short } from "./elements.js";

const KNOWN = 200; // of the best-known films: those that a unit is described by
const ENDS = 2; // films at each end
const SHOWN = 7;

/** Of each unit: {name, said, low, high: titles at its ends, worth: how far it moves a film, root mean square}. */
export function describe(machine, given) {
  const films = Math.min(KNOWN, machine.numFilms);
  const slopes = Array.from({ length: films }, (_, film) => machine.slopes(film));
  return Array.from({ length: machine.numHidden }, (_, j) => {
    const order = [...slopes.keys()].sort((x, y) => slopes[y][j] - slopes[x][j]);
    const titles = (places) => places.map((film) => short(machine.titles[film], 22));
    const high = titles(order.slice(0, ENDS).filter((film) => slopes[film][j] > 0));
    const low = titles(order.slice(-ENDS).reverse().filter((film) => slopes[film][j] < 0));
    const name = given?.[j] ?? `unit ${j + 1}`;
    const said = [high.length && `lifts ${listed(high)}`, low.length && `lowers ${listed(low)}`].filter(Boolean).join(", ");
    const worth = Math.sqrt(slopes.reduce((sum, of) => sum + of[j] ** 2, 0) / films);
    return { name, said, low, high, worth };
  });
}

/** The units that a person has moved most, by what that is worth to a film: places, in their own order. */
export function movedUnits(machine, names, { hidden }) {
  const moved = (j) => Math.abs(hidden[j] - machine.rest[j]) * names[j].worth;
  return [...hidden.keys()].sort((x, y) => moved(y) - moved(x)).slice(0, SHOWN).sort((x, y) => x - y);
}

/** One unit as an element of the list. */
export function unitItem(machine, { name, said, low, high }, j, { hidden }) {
  const [now, rest] = [hidden[j], machine.rest[j]];
  const percent = Math.round(100 * now);
  const axis = make("span", { className: "axis", ariaHidden: "true" }, make("i", { className: "moved" }), make("i", { className: "rest" }), make("i", { className: "now" }));
  axis.style.setProperty("--now", now);
  axis.style.setProperty("--rest", rest);
  const ends = make("span", { className: "ends", ariaHidden: "true" },
    make("span", {}, low.join(" · ")), make("span", {}, high.join(" · ")));
  const item = make("li", {},
    make("b", {}, name), make("span", { className: "percent" }, ` ${percent} %`), axis, ends,
    make("span", { className: "unseen" }, ` on, ${Math.round(100 * rest)} % before any rating; on, it ${said}`));
  item.dataset.unit = j;
  return item;
}
