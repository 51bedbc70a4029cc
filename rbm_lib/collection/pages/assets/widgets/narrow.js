// A picture in a narrow place is drawn anew, narrower, so that its letters stay as large.

const WIDTH = 480;

/** Calls `act(narrow)` when `el` becomes narrower than that, or wider again. */
export function whenNarrow(el, act) {
  let narrow = false;
  const watch = new ResizeObserver(([entry]) => {
    const now = entry.contentRect.width > 0 && entry.contentRect.width < WIDTH;
    if (now !== narrow) act((narrow = now));
  });
  watch.observe(el);
}
