// Only boxes that do scroll are stops of the Tab key.

const BOXES = ".scroll, .formula, .code pre, .prose pre, pre.copied";

/** Keeps `tabindex` to the boxes whose content is wider than they are, now and whenever that may have changed. */
export function mindScrolling() {
  const boxes = [...document.querySelectorAll(BOXES)].filter((box) => box.tabIndex === 0);
  const look = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  look();
  addEventListener("resize", look);
  document.addEventListener("toggle", look, true);
  document.getElementById("show-code")?.addEventListener("change", look);
  document.fonts?.ready.then(look);
}
