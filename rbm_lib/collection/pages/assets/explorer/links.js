// Lines from the ratings to the units that they move, and from these to the film that is explained.

import { draw } from "./elements.js";

const THICKEST = 8; // pixels

export function linesOver(root) {
  const picture = draw("svg", { class: "links", "aria-hidden": "true" });
  root.append(picture);
  const line = (from, to, size, up) => {
    const box = root.getBoundingClientRect();
    const [start, end] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    const [x, y, u, v] = [start.right - box.left, middle(start) - box.top, end.left - box.left, middle(end) - box.top];
    if (u <= x) return; // one below the other: on a phone
    const bend = (x + u) / 2;
    const path = draw("path", { d: `M${x} ${y}C${bend} ${y} ${bend} ${v} ${u} ${v}`, class: up ? "up" : "down" });
    path.setAttribute("stroke-width", Math.min(THICKEST, size).toFixed(1));
    picture.append(path);
  };
  return {
    /** `links`: [{from, to: elements, size: pixels, up: whether it raises}], those without both ends left out. */
    show(links) {
      picture.replaceChildren();
      for (const { from, to, size, up } of links) if (from && to && size > 0.3) line(from, to, size, up);
    },
  };
}

const middle = (box) => (box.top + box.bottom) / 2;
