// Bias, noise and both together against k, on logarithmic axes, with a mark at the chosen k.

import { draw } from "../explorer/elements.js";

const [HEIGHT, LEFT, RIGHT, TOP, FOOT] = [300, 58, 62, 12, 42];
const [WIDE, NARROW] = [640, 360]; // width of the drawing in units of its viewBox, so that text keeps its size
const [LOW, HIGH] = [1e-4, 10];
const LINES = [["together", "together"], ["noise", "noise"], ["error", "error"]];

export class Tradeoff {
  constructor(direction, narrow) {
    Object.assign(this, { direction, width: narrow ? NARROW : WIDE });
    const last = Math.log(direction.k.at(-1) / direction.k[0]) || 1;
    this.x = (k) => LEFT + ((this.width - LEFT - RIGHT) * Math.log(k / direction.k[0])) / last;
    this.y = (share) => TOP + ((HEIGHT - TOP - FOOT) * Math.log(HIGH / Math.min(HIGH, Math.max(LOW, share)))) / Math.log(HIGH / LOW);
    this.el = draw("svg", { class: "tradeoff", viewBox: `0 0 ${this.width} ${HEIGHT}`, role: "img" });
    for (let tick = LOW; tick <= HIGH * 1.01; tick *= 10) {
      this.el.append(draw("line", { x1: LEFT, x2: this.width - RIGHT, y1: this.y(tick), y2: this.y(tick), class: "grid" }));
      this.word(`${Number((100 * tick).toPrecision(1))} %`, LEFT - 7, this.y(tick) + 4, "end");
    }
    for (const k of [1, 2, 5, 10, 20, 50, 100]) if (direction.k.includes(k)) this.word(k, this.x(k), HEIGHT - FOOT + 17, "middle");
    this.word("k, sweeps of the chain", (LEFT + this.width - RIGHT) / 2, HEIGHT - FOOT + 35, "middle");
    this.cursor = this.el.appendChild(draw("line", { y1: TOP, y2: HEIGHT - FOOT, class: "cursor" }));
    this.lines = LINES.map(([kind, name]) => ({ kind, path: this.el.appendChild(draw("path", { class: `curve ${kind}` })), name: this.word(name, 0, 0, "start", `name ${kind}`), dot: this.el.appendChild(draw("circle", { r: 5, class: `dot ${kind}` })) }));
  }

  word(text, x, y, anchor, kind = "") {
    const made = this.el.appendChild(draw("text", { x, y, "text-anchor": anchor, class: kind }));
    made.textContent = text;
    return made;
  }

  mark(chosen, said) {
    const { direction } = this;
    const all = direction.k.map((_, place) => direction.at({ ...chosen, place }));
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, this.x(direction.k[chosen.place]));
    const ends = this.lines.map((line) => ({ line, y: this.y(all.at(-1)[line.kind]) })).sort((one, other) => one.y - other.y);
    ends.forEach((end, n) => (end.y = n ? Math.max(end.y, ends[n - 1].y + 15) : end.y));
    const over = Math.max(0, ends.at(-1).y - (HEIGHT - FOOT));
    for (const { line, y } of ends) {
      const points = all.map((one, place) => `${this.x(direction.k[place]).toFixed(1)} ${this.y(one[line.kind]).toFixed(1)}`);
      line.path.setAttribute("d", `M${points.join("L")}`);
      line.name.setAttribute("x", this.width - RIGHT + 8);
      line.name.setAttribute("y", (y - over + 4).toFixed(1));
      const [cx, cy] = points[chosen.place].split(" ");
      line.dot.setAttribute("cx", cx);
      line.dot.setAttribute("cy", cy);
    }
    this.el.setAttribute("aria-label", said);
  }
}
