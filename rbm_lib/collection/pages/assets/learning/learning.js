// Four learning rules side by side, step by step; then sliders for the weights, the biases and the chain.

import { Tiny } from "./tiny.js";
import { make } from "../explorer/elements.js";
import { whenNarrow } from "../widgets/narrow.js";
import { Curves } from "./curves.js";
import { portrait } from "./portrait.js";

const TEMPO = 90; // milliseconds per step while it plays
const PLACES = 3; // decimals of a divergence
const MOST = 12; // nats: the ends of the sliders of weights and biases
const SWEEPS = 30;
const SHOWN = 4; // states that are read to a screen reader

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 && share >= 0.0005 ? 1 : 0)} %`;
const nats = (x) => x.toFixed(PLACES);
const printed = (x) => x.toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−");

/** Two bars per state: the frequency in the data, and the probability under the model. */
function statePanel(names, data) {
  const rows = names.map((name, n) => {
    const bars = make("span", { className: "bars" }, make("i", { className: "people" }), make("i", { className: "machine" }));
    bars.style.setProperty("--people", data[n]);
    return make("span", { className: "state" }, make("code", {}, name), bars);
  });
  const el = make("div", { className: "states", role: "img" }, rows);
  return {
    el,
    show({ shares }) {
      rows.forEach((row, n) => row.lastChild.style.setProperty("--machine", shares[n]));
      const most = [...names.keys()].sort((x, y) => shares[y] - shares[x]).slice(0, SHOWN);
      el.setAttribute("aria-label", `The machine's most probable states: ${most.map((n) => `${names[n]} ${percent(shares[n])}`).join(", ")}`);
    },
  };
}

class Learning {
  constructor(model, el) {
    this.bundle = model.get("state");
    const { films, hidden, data, rules } = this.bundle;
    this.machineOf = (numbers) => new Tiny(numbers, films.length, hidden);
    this.start = this.machineOf(rules[0].machines[0]);
    this.names = this.start.states.map((state) => state.join(""));
    this.data = data;
    this.steps = rules[0].kl.length - 1;
    this.timer = 0;
    this.hand = this.start;
    el.classList.add("rbm-widget", "rbm-learning");
    el.append(make("div", { className: "parts" }, this.watching(), this.byHand()));
    this.seek(0);
    this.take(this.start, "the two valleys at the start");
  }

  watching() {
    const { rules } = this.bundle;
    this.slider = make("input", { type: "range", min: "0", max: `${this.steps}`, value: "0", "aria-label": "Step of learning" });
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.at = make("output", {});
    this.play = make("button", { type: "button" }, "Play");
    this.play.addEventListener("click", () => this.toggle());
    this.play.hidden = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const series = rules.map(({ name, kl }) => ({ name, values: kl }));
    this.curves = new Curves(series, false);
    const picture = make("div", {}, this.curves.el);
    whenNarrow(picture, (narrow) => {
      this.curves = new Curves(series, narrow);
      picture.replaceChildren(this.curves.el);
      this.curves.mark(this.step);
    });
    this.panels = rules.map((rule) => {
      const panel = statePanel(this.names, this.data);
      const said = make("p", { className: "note" });
      const use = make("button", { type: "button", "aria-label": `Take the machine of ${rule.name} at this step to the sliders below` }, "Take it below");
      use.addEventListener("click", () => this.take(this.machineOf(rule.machines[this.step]), `${rule.name} after ${this.step} steps`));
      return { rule, panel, said, el: make("div", { className: "rule" }, make("h4", {}, rule.name), said, panel.el, use) };
    });
    return make("section", { "aria-label": "Four rules learn" },
      make("h3", {}, "1 · Four rules learn from the same people"),
      make("p", { className: "note" },
        "All four begin with the same machine and see the same people. Press play, or pull the slider. Curves: how far each machine is from the people; zero is perfect. ",
        "Below them: how probable each of the sixteen possible people is to each machine. A row such as 1101 is somebody who likes films A, B and D, and dislikes C."),
      make("p", { className: "sweeps" }, this.play, make("label", {}, "step ", this.slider), this.at),
      picture, this.legend("people", "machine"), make("div", { className: "rules" }, this.panels.map(({ el }) => el)));
  }

  legend(...kinds) {
    const words = { people: "share of the people", machine: "probability by the machine", chain: "where the chain has got to" };
    return make("p", { className: "note key" }, kinds.map((kind) => make("span", { className: kind }, words[kind])));
  }

  toggle() {
    if (this.timer) return this.stop();
    if (this.step === this.steps) this.seek(0);
    this.play.textContent = "Stop";
    this.timer = setInterval(() => {
      this.seek(this.step + 1);
      if (this.step === this.steps || !this.slider.isConnected) this.stop();
    }, TEMPO);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "Play";
  }

  seek(step) {
    this.step = step;
    this.slider.value = `${step}`;
    this.at.textContent = `${step} of ${this.steps}`;
    this.curves.mark(step);
    for (const { rule, panel, said } of this.panels) {
      said.textContent = `${nats(rule.kl[step])} nats from the people`;
      panel.show(this.machineOf(rule.machines[step]));
    }
  }

  byHand() {
    this.portrait = portrait(this.bundle.films, this.bundle.hidden);
    this.from = make("p", { className: "note", role: "status" });
    this.sweeps = make("input", { type: "range", min: "0", max: `${SWEEPS}`, value: "1", "aria-label": "Sweeps of the chain" });
    this.sweeps.addEventListener("input", () => this.showHand());
    this.swept = make("output", {});
    this.table = make("tbody", {}, this.names.map((name) => {
      const cells = ["energy", "people", "machine", "chain"].map((kind) => make("td", { className: `num ${kind}` }));
      return make("tr", {}, make("th", { scope: "row" }, make("code", {}, name)), cells);
    }));
    const heads = ["films ABCD", "energy", "people", "machine", "chain"];
    return make("section", { "aria-label": "Move the weights yourself" },
      make("h3", {}, "2 · Move the weights yourself"),
      make("p", { className: "note" },
        "Blue lines are positive weights, dashed ones negative, wide ones strong. The lower the energy of a row, the more probable it is."),
      make("div", { className: "hand" },
        make("div", {}, this.portrait.el, this.sliders(), this.buttons(), this.from),
        make("div", {},
          make("p", { className: "sweeps" }, make("label", {}, "sweeps ", this.sweeps), this.swept),
          make("p", { className: "note" }, "The chain starts at the people. CD-k compares the column “people” with “chain” after k sweeps; exact learning compares it with “machine”."),
          make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "All sixteen states" },
            make("table", { className: "every" },
              make("thead", {}, make("tr", {}, heads.map((head, n) => make("th", { scope: "col", className: n ? "num" : "" }, head)))),
              this.table)))),
      this.transitions());
  }

  sliders() {
    const { films, hidden } = this.bundle;
    this.inputs = this.start.numbers.map((_, n) => {
      const input = make("input", { type: "range", min: `${-MOST}`, max: `${MOST}`, step: "0.1", "aria-label": this.nameOf(n) });
      input.addEventListener("input", () => this.moved(n, Number(input.value)));
      return input;
    });
    this.outputs = this.inputs.map(() => make("output", { ariaHidden: "true" }));
    const cell = (n) => make("td", {}, this.inputs[n], this.outputs[n]);
    const units = [...Array(hidden).keys()];
    const head = make("tr", {}, make("td", {}), units.map((j) => make("th", { scope: "col" }, `hidden ${j + 1}`)), make("th", { scope: "col" }, "bias"));
    const rows = films.map((film, i) => make("tr", {}, make("th", { scope: "row" }, `film ${film}`),
      units.map((j) => cell(i * hidden + j)), cell(films.length * hidden + i)));
    const last = make("tr", {}, make("th", { scope: "row" }, "bias"), units.map((j) => cell(films.length * (hidden + 1) + j)), make("td", {}));
    return make("table", { className: "weights" }, make("thead", {}, head), make("tbody", {}, rows, last));
  }

  nameOf(n) {
    const { films, hidden } = this.bundle;
    if (n < films.length * hidden) return `Weight between film ${films[Math.floor(n / hidden)]} and hidden unit ${(n % hidden) + 1}`;
    if (n < films.length * (hidden + 1)) return `Bias of film ${films[n - films.length * hidden]}`;
    return `Bias of hidden unit ${n - films.length * (hidden + 1) + 1}`;
  }

  buttons() {
    const { rules, rate } = this.bundle;
    const button = (words, act) => {
      const made = make("button", { type: "button" }, words);
      made.addEventListener("click", act);
      return made;
    };
    const step = (rule) => button(`One step of ${rule.name}`, () => this.take(this.hand.step(this.data, rule.k, rate), `your machine after one step of ${rule.name}`));
    return make("p", { className: "tools" },
      button("The two valleys", () => this.take(this.start, "the two valleys at the start")),
      button("All at zero", () => this.take(this.machineOf(this.start.numbers.map(() => 0)), "all at zero: every state is equally probable")),
      step(rules[0]), step(rules.at(-1)));
  }

  moved(n, value) {
    const numbers = [...this.hand.numbers];
    numbers[n] = value;
    this.take(this.machineOf(numbers), "your machine");
  }

  take(machine, words) {
    const before = this.hand.divergence(this.data);
    this.hand = machine;
    this.words = words;
    const now = machine.divergence(this.data);
    const way = Math.abs(now - before) < 0.5 * 10 ** -PLACES ? "" : ` (${now > before ? "worse" : "better"} than before: ${nats(before)})`;
    this.from.textContent = `${words[0].toUpperCase()}${words.slice(1)}. ${nats(now)} nats from the people${way}.`;
    this.showHand();
  }

  showHand() {
    const { hand, data } = this;
    const sweeps = Number(this.sweeps.value);
    const chain = hand.after(data, sweeps);
    this.swept.textContent = `${sweeps}`;
    this.inputs.forEach((input, n) => {
      if (input !== document.activeElement) input.value = `${hand.numbers[n]}`;
      this.outputs[n].textContent = printed(hand.numbers[n]);
    });
    this.portrait.show(hand);
    [...this.table.rows].forEach((row, n) => {
      row.cells[1].textContent = printed(hand.energies[n]);
      [data[n], hand.shares[n], chain[n]].forEach((share, column) => {
        const cell = row.cells[column + 2];
        cell.textContent = percent(share);
        cell.style.setProperty("--share", share);
      });
    });
    this.showTransitions();
  }

  transitions() {
    this.grid = make("div", { className: "transitions", role: "img" });
    this.grid.append(...this.names.flatMap(() => this.names.map(() => make("i", {}))));
    this.open = make("details", {}, make("summary", {}, "Every sweep that the chain can make"),
      make("p", { className: "note" },
        "A row is where a sweep begins, a column where it ends, both in the order of the table, 0000 first; strong colour is likely. With two valleys all sweeps end near the first column or near the last: from one valley hardly a sweep leads to the other."),
      this.grid);
    this.open.addEventListener("toggle", () => this.showTransitions());
    return this.open;
  }

  showTransitions() {
    if (!this.open?.open) return;
    const { transition, states } = this.hand;
    const last = states.length - 1;
    [...this.grid.children].forEach((cell, n) => cell.style.setProperty("--share", transition[Math.floor(n / states.length)][n % states.length]));
    this.grid.setAttribute("aria-label", `From ${this.names[last]} one sweep stays there with ${percent(transition[last][last])} and reaches ${this.names[0]} with ${percent(transition[last][0])}`);
  }
}

export function render({ model, el }) {
  const learning = new Learning(model, el);
  return () => learning.stop();
}
