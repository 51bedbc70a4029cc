// Lines from the ratings to the units that they change, and from the units to the film that is explained.

import { draw } from "./elements.js";

const THICKEST = 7; // pixels
const THINNEST = 0.4;

export function linesOver(root) {
  const picture = draw("svg", { class: "links", "aria-hidden": "true" });
  root.append(picture);
  const curve = (box, from, to) => {
    const [start, end] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    const [x, y, u, v] = [start.right - box.left, middle(start) - box.top, end.left - box.left, middle(end) - box.top];
    const bend = (x + u) / 2;
    return u > x ? `M${x} ${y}C${bend} ${y} ${bend} ${v} ${u} ${v}` : ""; // none where one is below the other: on a phone
  };
  return {
    /** `links`: [{from, to: elements, nats}]; the width grows with nats; links with a missing end are left out. */
    show(links) {
      const drawn = links.filter(({ from, to }) => from && to);
      const most = Math.max(...drawn.map(({ nats }) => Math.abs(nats)), 1e-9);
      const box = root.getBoundingClientRect(); // all is measured before anything is drawn: one layout, not one a line
      const lines = drawn.map(({ from, to, nats }) => ({ d: curve(box, from, to), size: (THICKEST * Math.abs(nats)) / most, up: nats > 0 }));
      picture.replaceChildren(...lines.filter(({ d, size }) => d && size > THINNEST).map(({ d, size, up }) => {
        return draw("path", { d, class: up ? "up" : "down", "stroke-width": size.toFixed(1) });
      }));
    },
  };
}

const middle = (box) => (box.top + box.bottom) / 2;
