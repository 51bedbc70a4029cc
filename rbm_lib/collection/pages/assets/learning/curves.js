// One line per rule over the steps of learning, with a mark at the chosen step.

import { draw } from "../explorer/elements.js";

const [WIDE, NARROW, HEIGHT, LEFT, RIGHT, TOP, FOOT] = [640, 370, 220, 24, 52, 10, 30];
const GAP = 15; // minimum distance between two labels at the right edge

const ticksTo = (top) => Array.from({ length: Math.floor(top) + 1 }, (_, n) => n).filter((n) => top < 6 || n % 2 === 0);

export class Curves {
  /** `series`: [{name, values}], all of the same length; `narrow`: for a phone. */
  constructor(series, narrow) {
    const width = narrow ? NARROW : WIDE;
    this.steps = series[0].values.length - 1;
    const top = Math.max(...series.flatMap(({ values }) => values)) * 1.04;
    this.x = (step) => LEFT + ((width - LEFT - RIGHT) * step) / this.steps;
    const y = (value) => TOP + (HEIGHT - TOP - FOOT) * (1 - value / top);
    const said = series.map(({ name, values }) => `${name} from ${values[0].toFixed(2)} to ${Math.max(...values).toFixed(2)} at most and ${values.at(-1).toFixed(2)} at the end`);
    this.el = draw("svg", { class: "curves", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": `Nats from the people by step: ${said.join("; ")}` });
    for (const tick of ticksTo(top)) {
      this.line({ x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick), class: "grid" });
      this.word(tick, LEFT - 7, y(tick) + 4, "end");
    }
    for (const step of [0, this.steps / 2, this.steps].map(Math.round)) this.word(step, this.x(step), HEIGHT - FOOT + 17, "middle");
    this.word("steps of learning", this.x(this.steps / 4), HEIGHT - FOOT + 17, "middle");
    this.cursor = this.line({ y1: TOP, y2: HEIGHT - FOOT, class: "cursor" });
    const ends = series.map(({ name, values }, n) => ({ name, n, y: y(values.at(-1)) })).sort((one, other) => one.y - other.y);
    ends.forEach((end, n) => (end.y = n ? Math.max(end.y, ends[n - 1].y + GAP) : end.y));
    const over = Math.max(0, ends.at(-1).y - (HEIGHT - FOOT));
    for (const { name, n, y: at } of ends) this.word(name, width - RIGHT + 6, at - over + 4, "start", `name rule-${n}`);
    series.forEach(({ values }, n) => {
      const d = values.map((value, step) => `${step ? "L" : "M"}${this.x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
      this.el.append(draw("path", { d, class: `curve rule-${n}` }));
    });
  }

  line(attributes) {
    const made = draw("line", attributes);
    this.el.append(made);
    return made;
  }

  word(text, x, y, anchor, kind = "") {
    const made = draw("text", { x, y, "text-anchor": anchor, class: kind });
    made.textContent = text;
    this.el.append(made);
  }

  mark(step) {
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, this.x(step).toFixed(1));
  }
}
