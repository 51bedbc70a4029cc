// The Gibbs chain from a user's ratings: a strip with one column per sweep, and a slider that selects a sweep.

import { generator } from "./machine.js";
import { make, short } from "./elements.js";

const SWEEPS = 60;
const SEED = 2007;
const ROWS = 12; // films in the strip
const WIDTH = 10; // pixels of a sweep in the strip
const FILM = 6; // of a film
const UNIT = 3; // of a hidden unit
const GAP = 6;

export function chainPanel({ machine, words }) {
  const slider = make("input", { type: "range", min: "0", max: `${SWEEPS}`, value: "0", "aria-label": "Sweep of the chain" });
  const said = make("output", { className: "note" });
  const strip = make("canvas", { className: "strip", role: "img" });
  const films = make("ul", { className: "drawn" });
  const panel = make("details", { className: "chain" },
    make("summary", {}, "What if the machine rated these films in your place? The Gibbs chain"),
    make("p", { className: "note" },
      "From your ratings the hidden units are drawn at random, by their probabilities; from these, new ratings of the same films; and so on. ",
      "Pull the slider: how fast does the chain forget what you said? In the picture a column is a sweep; the rows above are your films, dark where they get the most; those below are hidden units, dark where they are on."),
    make("p", { className: "sweeps" }, make("label", {}, "sweep ", slider), said), films, strip);
  let person = null;
  let states = [];

  function run() {
    states = person ? [{ ...person, hidden: person.hidden }] : [];
    const random = generator(SEED);
    while (person && person.ratings.size && states.length <= SWEEPS) states.push(machine.sweep(states.at(-1), random));
    strip.hidden = states.length < 2;
    paint();
  }

  function paint() {
    const at = Math.min(Number(slider.value), states.length - 1);
    if (states.length < 2) {
      said.textContent = "rate a film first";
      films.replaceChildren();
      return;
    }
    const { ratings, hidden } = states[at];
    const on = hidden.reduce((count, x) => count + (x > 0.5), 0);
    said.textContent = at ? `${on} of ${machine.numHidden} units are on` : "what you said, and the units' probabilities";
    films.replaceChildren(...[...ratings].slice(0, ROWS).map(([film, state]) => {
      return make("li", {}, `${short(machine.titles[film], 24)} `, make("b", {}, words.value(machine.values[state])));
    }));
    paintStrip(at);
  }

  function paintStrip(at) {
    const rows = [...person.ratings.keys()].slice(0, ROWS);
    const size = [(SWEEPS + 1) * WIDTH, rows.length * FILM + GAP + machine.numHidden * UNIT];
    const ratio = window.devicePixelRatio || 1;
    const brush = strip.getContext("2d");
    [strip.width, strip.height] = size.map((pixels) => pixels * ratio);
    strip.style.aspectRatio = `${size[0]} / ${size[1]}`;
    brush.scale(ratio, ratio);
    brush.fillStyle = brush.strokeStyle = getComputedStyle(strip).color;
    states.forEach(({ ratings, hidden }, sweep) => {
      const cell = (top, height, strength) => {
        brush.globalAlpha = 0.07 + 0.93 * strength;
        brush.fillRect(sweep * WIDTH, top, WIDTH - 1, height - 0.6);
      };
      rows.forEach((film, row) => cell(row * FILM, FILM, ratings.get(film) / (machine.numValues - 1)));
      hidden.forEach((on, row) => cell(rows.length * FILM + GAP + row * UNIT, UNIT, on));
    });
    brush.globalAlpha = 1;
    brush.lineWidth = 2;
    brush.strokeRect(at * WIDTH, 0, WIDTH, size[1]);
    strip.setAttribute("aria-label", `${SWEEPS} sweeps from left to right; above ${rows.length} films, dark where they get the most; below ${machine.numHidden} hidden units, dark where they are on`);
  }

  slider.addEventListener("input", paint);
  panel.addEventListener("toggle", () => panel.open && run());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => panel.open && paint());
  return {
    panel,
    /** Restarts the chain from a user; nothing is computed while the panel is closed. */
    show(now) {
      person = now;
      if (panel.open) run();
    },
  };
}
