// Redraws a chart for a narrow container, so that its text keeps its size.

const WIDTH = 480;

/** Calls `act(narrow)` when `el` becomes narrower than the limit, or wider again. */
export function whenNarrow(el, act) {
  let narrow = false;
  const watch = new ResizeObserver(([entry]) => {
    const now = entry.contentRect.width > 0 && entry.contentRect.width < WIDTH;
    if (now !== narrow) act((narrow = now));
  });
  watch.observe(el);
}
