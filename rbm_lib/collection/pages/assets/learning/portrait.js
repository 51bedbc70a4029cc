// A diagram of a small RBM: films below, hidden units above, one line per weight.

import { draw } from "../explorer/elements.js";

const [WIDTH, HEIGHT, RADIUS] = [360, 150, 17];
const THICKEST = 8; // pixels
const OF = 6; // nats at that width

export function portrait(films, numHidden) {
  const el = draw("svg", { class: "portrait", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const place = (n, count) => (WIDTH * (n + 0.5)) / count;
  const ends = films.flatMap((_, i) => Array.from({ length: numHidden }, (_, j) => ({ x1: place(i, films.length), y1: HEIGHT - RADIUS - 2, x2: place(j, numHidden), y2: RADIUS + 2 })));
  const lines = ends.map((end) => draw("line", end));
  el.append(...lines);
  const unit = (kind, name, x, y) => {
    const word = draw("text", { x, y: y + 5, "text-anchor": "middle" });
    word.textContent = name;
    el.append(draw("circle", { cx: x, cy: y, r: RADIUS, class: kind }), word);
  };
  films.forEach((film, i) => unit("film", film, place(i, films.length), HEIGHT - RADIUS - 2));
  for (let j = 0; j < numHidden; j++) unit("hidden", `${j + 1}`, place(j, numHidden), RADIUS + 2);
  return {
    el,
    show({ weights }) {
      lines.forEach((line, n) => {
        line.setAttribute("class", weights[n] < 0 ? "down" : "up");
        line.setAttribute("stroke-width", Math.min(THICKEST, (THICKEST * Math.abs(weights[n])) / OF).toFixed(2));
      });
      const said = films.map((film, i) => `film ${film} ${weights.slice(i * numHidden, (i + 1) * numHidden).map((x) => x.toFixed(1)).join(" and ")}`);
      el.setAttribute("aria-label", `The machine: weights to the ${numHidden} hidden units, ${said.join("; ")}`);
    },
  };
}
