// All combinations in one chart: x is the number of repairs that are on, y the metric; lines join neighbours.

import { draw } from "../explorer/elements.js";
import { wordsOf } from "./worth.js";

const [HEIGHT, LEFT, RIGHT, TOP, FOOT] = [320, 52, 8, 18, 40];
const [WIDE, NARROW] = [520, 350]; // width of the drawing in units of its viewBox, so that text keeps its size

export class Cube {
  constructor(worth, metric, narrow, choose) {
    Object.assign(this, { worth, metric, width: narrow ? NARROW : WIDE });
    const known = worth.ranked(metric);
    const words = wordsOf(metric);
    const references = worth.references.map((one) => ({ name: one.name, value: one[metric] })).filter(({ value }) => value !== null);
    const values = [...known.map((mask) => worth.at(metric, mask)), ...references.map(({ value }) => value)];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low || 1) * 0.04;
    this.y = (value) => TOP + ((HEIGHT - TOP - FOOT) * (high + room - value)) / (high - low + 2 * room || 1);
    this.el = draw("svg", { class: "cube", viewBox: `0 0 ${this.width} ${HEIGHT}`, role: "img" });
    this.frame(low, high, references, words);
    this.lines = this.el.appendChild(draw("g", { class: "edges" }));
    this.dots = this.el.appendChild(draw("g", { class: "dots" }));
    this.path = this.el.appendChild(draw("path", { class: "path" }));
    this.here = this.el.appendChild(draw("circle", { class: "here", r: 8 }));
    for (const mask of known) this.dots.append(this.dot(mask, choose));
  }

  /** x of a combination: those with the same number of repairs are spread over the column. */
  x(mask) {
    const count = this.worth.switches.length;
    const beside = mask === 0 || mask === this.worth.all ? 0 : ((mask % 7) - 3) / 14;
    return LEFT + 22 + ((this.width - LEFT - RIGHT - 44) * (this.worth.made(mask) + beside)) / count;
  }

  dot(mask, choose) {
    const made = draw("circle", { cx: this.x(mask).toFixed(1), cy: this.y(this.worth.at(this.metric, mask)).toFixed(1), r: 4 });
    made.addEventListener("click", () => choose(mask)); // mouse only; by keyboard the switches reach every combination
    return made;
  }

  frame(low, high, references, words) {
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].find((size) => (high - low) / size <= 6) ?? 5;
    for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) {
      this.line(tick, "grid");
      this.word(words.value(tick).replace(".0 %", " %"), LEFT - 6, this.y(tick) + 4, "end");
    }
    let last = -Infinity;
    for (const { name, value } of references.sort((one, other) => other.value - one.value)) {
      this.line(value, "reference");
      const below = this.y(value) - last < 28; // labels closer than this overlap
      this.word(name, LEFT + 4, this.y(value) + (below ? 14 : -5), "start");
      last = this.y(value);
    }
    const count = this.worth.switches.length;
    for (let made = 0; made <= count; made++) this.word(made, LEFT + 22 + ((this.width - LEFT - RIGHT - 44) * made) / count, HEIGHT - FOOT + 17, "middle");
    this.word("repairs made", (LEFT + this.width - RIGHT) / 2, HEIGHT - FOOT + 34, "middle");
  }

  line(value, kind) {
    const y = this.y(value).toFixed(1);
    this.el.append(draw("line", { x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y, class: kind }));
  }

  word(text, x, y, anchor) {
    const made = draw("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor });
    made.textContent = text;
    this.el.append(made);
  }

  /** Marks the current combination, those one switch away, and the path taken. */
  mark(mask, way, said) {
    const at = (one) => `${this.x(one).toFixed(1)} ${this.y(this.worth.at(this.metric, one)).toFixed(1)}`;
    const known = (one) => this.worth.at(this.metric, one) !== null;
    this.lines.replaceChildren();
    this.here.setAttribute("visibility", known(mask) ? "visible" : "hidden");
    if (known(mask)) {
      const [cx, cy] = at(mask).split(" ");
      this.here.setAttribute("cx", cx);
      this.here.setAttribute("cy", cy);
      const next = this.worth.switches.map((_, place) => mask ^ (1 << place)).filter(known);
      for (const other of next) this.lines.append(draw("path", { d: `M${at(mask)}L${at(other)}` }));
    }
    const stops = way.filter(known);
    this.path.setAttribute("d", stops.length > 1 ? `M${stops.map(at).join("L")}` : "");
    this.el.setAttribute("aria-label", said);
  }
}
