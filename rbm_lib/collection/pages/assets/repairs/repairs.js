// Switches for the repairs of the article's model: the metric of every combination, the effect of each switch from the
// current one, and the path taken so far. anywidget calls `render({model, el})`; in a page, boot.js passes its own model.

import { make } from "../explorer/elements.js";
import { whenNarrow } from "../widgets/narrow.js";
import { Worth, wordsOf } from "./worth.js";
import { Cube } from "./cube.js";

const HINT = "Each switch makes one repair. Beside it stands what it would change from where you are: watch that number while you move the others.";
let boards = 0; // on this page; makes ids unique

class Board {
  constructor(state, el) {
    this.worth = new Worth(state);
    this.name = `repairs-${boards++}-${Math.random().toString(36).slice(2, 7)}`;
    this.metric = "accuracy";
    this.way = [0];
    this.narrow = false;
    this.build(el);
    this.draw();
    whenNarrow(this.picture, (narrow) => ((this.narrow = narrow), this.draw()));
  }

  get mask() {
    return this.way.at(-1);
  }

  build(el) {
    this.heading = make("p", { className: "figure" });
    this.said = make("p", { className: "said", role: "status" });
    this.picture = make("div", { className: "picture" });
    this.steps = make("ol", { className: "way" });
    this.rows = this.worth.switches.map((one, place) => this.row(one, place));
    const metrics = Object.keys(this.worth.figures).map((metric) => {
      const input = make("input", { type: "radio", name: this.name, value: metric, checked: metric === this.metric });
      input.addEventListener("change", () => ((this.metric = metric), this.draw()));
      return make("label", {}, input, wordsOf(metric).name);
    });
    const by = make("fieldset", { className: "choices" }, make("legend", {}, "Judge by"), metrics);
    const board = make(
      "div", { className: "board" },
      make("section", { className: "switches", "aria-label": "The seven repairs" }, make("h3", {}, "The repairs"), make("p", { className: "note" }, HINT), make("ul", {}, this.rows.map(({ li }) => li))),
      make("section", { className: "result", "aria-label": "The figure" }, by, this.heading, this.said, this.picture),
      make("section", { className: "taken", "aria-label": "Your way" }, make("h3", {}, "Your way so far"), this.tools(), this.steps),
    );
    el.classList.add("rbm-widget", "rbm-repairs");
    el.replaceChildren(board);
  }

  row(one, place) {
    const input = make("input", { type: "checkbox", role: "switch", id: `${this.name}-${place}` });
    input.addEventListener("change", () => this.go(this.mask ^ (1 << place)));
    const change = make("span", { className: "change num" });
    const rule = make("span", { className: "note", id: `${this.name}-${place}-rule` });
    change.id = `${this.name}-${place}-change`;
    input.setAttribute("aria-describedby", `${rule.id} ${change.id}`);
    const name = make("label", { htmlFor: input.id }, one.repair);
    return { input, change, rule, li: make("li", {}, input, name, change, rule) };
  }

  tools() {
    const button = (words, act) => {
      const made = make("button", { type: "button" }, words);
      made.addEventListener("click", act);
      return made;
    };
    this.next = button("Next repair of the waterfall", () => this.go(this.following()));
    this.back = button("Back", () => (this.way.pop(), this.draw()));
    const jump = (mask) => ((this.way = [mask]), this.draw());
    return make(
      "div", { className: "tools" }, this.next, this.back,
      button("As published", () => jump(0)), button("All repaired", () => jump(this.worth.all)),
      button("The best", () => jump(this.worth.ranked(this.metric)[0])), button("The worst", () => jump(this.worth.ranked(this.metric).at(-1))),
    );
  }

  /** The first repair in the waterfall's order that is off. */
  following() {
    const place = this.worth.switches.findIndex((_, n) => !((this.mask >> n) & 1));
    return place < 0 ? this.mask : this.mask | (1 << place);
  }

  go(mask) {
    if (mask === this.mask) return;
    const again = this.way.indexOf(mask);
    this.way = again >= 0 ? this.way.slice(0, again + 1) : [...this.way, mask];
    this.draw();
  }

  draw() {
    const words = wordsOf(this.metric);
    if (this.drawn !== `${this.metric} ${this.narrow}`) {
      this.cube = new Cube(this.worth, this.metric, this.narrow, (mask) => ((this.way = [mask]), this.draw()));
      this.picture.replaceChildren(this.cube.el);
      this.drawn = `${this.metric} ${this.narrow}`;
    }
    this.rows.forEach((row, place) => this.drawRow(row, place, words));
    this.next.disabled = this.mask === this.worth.all;
    this.back.disabled = this.way.length < 2;
    this.heading.textContent = words.value(this.worth.at(this.metric, this.mask));
    this.said.textContent = this.sentence(words);
    this.cube.mark(this.mask, this.way, `All combinations by ${words.name} and number of repairs. ${this.sentence(words)}`);
    const steps = this.way.slice(1).map((mask, n) => this.step(this.way[n], mask, words));
    this.steps.replaceChildren(...(steps.length ? steps : [make("li", { className: "note" }, "No switch moved yet.")]));
  }

  drawRow({ input, change, rule, li }, place, words) {
    const one = this.worth.switches[place];
    const made = Boolean((this.mask >> place) & 1);
    const value = this.worth.flip(this.metric, this.mask, place);
    input.checked = made;
    li.classList.toggle("made", made);
    const better = value !== null && value !== 0 && value > 0 === words.upwards;
    change.classList.toggle("better", better);
    change.classList.toggle("worse", value !== null && value !== 0 && !better);
    change.textContent = words.change(value);
    rule.textContent = `${made ? one.repaired : one.published}${one.in_article && !made ? " (the article says so)" : ""}`;
  }

  sentence(words) {
    const value = this.worth.at(this.metric, this.mask);
    const made = `${this.worth.made(this.mask)} of ${this.worth.switches.length} repairs made`;
    if (value === null) return `${made}: infinite ${words.name}. Bits are no probabilities: one wrong bit is enough.`;
    const compared = this.worth.references.filter((one) => one[this.metric] !== null).map((one) => {
      const gap = value - one[this.metric];
      return `${words.change(Math.abs(gap)).slice(1)} ${words.unit} ${gap < 0 ? "below" : "above"} ${one.name}`.replace("  ", " ");
    });
    const folder = (this.mask >> this.worth.switches.findIndex(({ fault }) => fault === "scored_on_training")) & 1;
    return `${made}: ${words.name} ${words.value(value)}; ${compared.join(", ")}.${folder ? "" : " It is measured on the ratings that were learnt."}`;
  }

  step(from, to, words) {
    const place = Math.log2(from ^ to);
    const [before, after] = [this.worth.at(this.metric, from), this.worth.at(this.metric, to)];
    const change = before === null || after === null ? null : after - before;
    const { repair } = this.worth.switches[place];
    return make("li", {}, make("span", {}, `${to > from ? "" : "not: "}${repair}`), make("span", { className: "num" }, `${words.change(change)} → ${words.value(after)}`));
  }
}

export function render({ model, el }) {
  new Board(model.get("state"), el);
}
