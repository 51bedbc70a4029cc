// The list of notebooks closes when the reader turns to something else.

/** Closes the menu at Escape, and when the focus or a click goes elsewhere. */
export function mindMenu() {
  const menu = document.querySelector("details.menu");
  if (!menu) return;
  const leave = (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  };
  document.addEventListener("click", leave);
  document.addEventListener("focusin", leave);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
