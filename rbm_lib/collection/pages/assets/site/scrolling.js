// Makes only boxes that overflow reachable by the Tab key.

const BOXES = ".scroll, .formula, .code pre, .prose pre, pre.copied";

/** Sets `tabindex` on boxes whose content is wider than the box, and updates it when sizes change. */
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
