// Lines from the ratings to the units that they change, and from the units to the film that is explained.

import { draw } from "./elements.js";

const THICKEST = 7; // pixels
const THINNEST = 0.4;

export function linesOver(root) {
  const picture = draw("svg", { class: "links", "aria-hidden": "true" });
  root.append(picture);
  const line = (from, to, size, up) => {
    const box = root.getBoundingClientRect();
    const [start, end] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    const [x, y, u, v] = [start.right - box.left, middle(start) - box.top, end.left - box.left, middle(end) - box.top];
    if (u <= x) return; // stacked columns, as on a phone
    const bend = (x + u) / 2;
    const path = draw("path", { d: `M${x} ${y}C${bend} ${y} ${bend} ${v} ${u} ${v}`, class: up ? "up" : "down" });
    path.setAttribute("stroke-width", size.toFixed(1));
    picture.append(path);
  };
  return {
    /** `links`: [{from, to: elements, nats}]; the width grows with nats; links with a missing end are left out. */
    show(links) {
      picture.replaceChildren();
      const drawn = links.filter(({ from, to }) => from && to);
      const most = Math.max(...drawn.map(({ nats }) => Math.abs(nats)), 1e-9);
      for (const { from, to, nats } of drawn) {
        const size = (THICKEST * Math.abs(nats)) / most;
        if (size > THINNEST) line(from, to, size, nats > 0);
      }
    },
  };
}

const middle = (box) => (box.top + box.bottom) / 2;
