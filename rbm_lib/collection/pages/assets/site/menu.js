// Closes the list of notebooks when the user moves on.

/** Closes the menu on Escape, on a click outside, and when the focus leaves it. */
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
