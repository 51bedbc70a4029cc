// A slider for k: bias and sampling noise of the CD-k direction, and its cost. anywidget calls `render({model, el})`;
// in a page, boot.js passes a model of its own.

import { make } from "../explorer/elements.js";
import { whenNarrow } from "../widgets/narrow.js";
import { Direction, percent } from "./direction.js";
import { Tradeoff } from "./tradeoff.js";

const NEGATIVES = [["sampled", "drawn ratings"], ["expected", "their means"]];
let dials = 0; // on this page; makes ids unique

class Dial {
  constructor(state, el) {
    this.direction = new Direction(state);
    this.name = `chains-${dials++}-${Math.random().toString(36).slice(2, 7)}`;
    const { weights, users } = this.direction;
    this.chosen = { place: 0, weights: Math.floor(weights.length / 2), negative: "sampled", users: users[Math.floor(users.length / 2)] };
    this.build(el);
    this.draw();
    whenNarrow(this.picture, (narrow) => (this.paint(narrow), this.draw()));
  }

  paint(narrow) {
    this.curves = new Tradeoff(this.direction, narrow);
    this.picture.replaceChildren(this.curves.el);
  }

  build(el) {
    const { k, users, weights } = this.direction;
    this.k = this.slider("k, sweeps of the chain", k.length - 1, 0, (place) => ({ place }));
    this.users = this.slider("users in a mini-batch", users.length - 1, users.indexOf(this.chosen.users), (place) => ({ users: users[place] }));
    const sizes = this.choices("Weights", weights.map(({ name }, n) => [n, name]), "weights", Number);
    const ends = this.choices("The chain's ratings", NEGATIVES, "negative", String);
    this.said = make("p", { className: "said", role: "status" });
    this.meters = ["error", "noise", "together", "price"].map((kind) => this.meter(kind));
    this.picture = make("div", { className: "picture" });
    this.paint(false);
    el.classList.add("rbm-widget", "rbm-chains");
    el.replaceChildren(
      make("div", { className: "board" },
        make("section", { className: "dials", "aria-label": "What to turn" }, this.k.row, this.users.row, sizes, ends),
        make("dl", { className: "meters" }, this.meters.map(({ row }) => row)),
        this.said, this.picture),
    );
  }

  slider(words, max, value, chosen) {
    const input = make("input", { type: "range", min: 0, max, step: 1, value: String(value), "aria-label": words });
    const output = make("span", { className: "now num" });
    input.addEventListener("input", () => (Object.assign(this.chosen, chosen(Number(input.value))), this.draw()));
    return { input, output, row: make("label", { className: "slider" }, make("span", {}, words), input, output) };
  }

  choices(words, options, field, read) {
    const made = options.map(([value, name]) => {
      const input = make("input", { type: "radio", name: `${this.name}-${field}`, value: String(value), checked: this.chosen[field] === value });
      input.addEventListener("change", () => ((this.chosen[field] = read(value)), this.draw()));
      return make("label", {}, input, name);
    });
    return make("fieldset", { className: "choices" }, make("legend", {}, words), made);
  }

  meter(kind) {
    const words = { error: "error of the mean", noise: "noise of a mini-batch", together: "together", price: "time of an epoch" };
    const value = make("dd", { className: "num" });
    return { kind, value, row: make("div", { className: kind }, make("dt", {}, words[kind]), value) };
  }

  draw() {
    const found = this.direction.at(this.chosen);
    const k = this.direction.k[this.chosen.place];
    this.k.output.textContent = k;
    this.users.output.textContent = this.chosen.users;
    this.k.input.setAttribute("aria-valuetext", `k of ${k}`);
    this.users.input.setAttribute("aria-valuetext", `${this.chosen.users} users`);
    for (const { kind, value } of this.meters) value.textContent = kind === "price" ? `× ${found.price.toFixed(2)}` : percent(found[kind]);
    this.said.textContent = this.sentence(found, k);
    this.curves.mark(this.chosen, `Error, noise and both together against k. ${this.said.textContent}`);
  }

  sentence({ error, noise, price }, k) {
    const larger = error > noise
      ? "The error of the mean is the larger part. More users do not mend it; more sweeps do."
      : "Chance is the larger part. More users mend it, or more steps at a smaller rate; more sweeps do not.";
    const longer = this.chosen.place ? `An epoch takes ${price.toFixed(2)} times as long as with k of ${this.direction.k[0]}. ` : "";
    const best = this.direction.k[this.direction.best(this.chosen, 1)];
    return `With k of ${k} the mean direction is off by ${percent(error)} of the gradient's length, and a mini-batch of ${this.chosen.users} scatters by ${percent(noise)}. ${longer}${larger} In the time that ${this.chosen.users} users take with k of ${this.direction.k[0]}, k of ${best} comes closest: a longer chain leaves time for fewer users.`;
  }
}

export function render({ model, el }) {
  new Dial(model.get("state"), el);
}
