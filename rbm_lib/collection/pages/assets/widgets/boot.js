// In a page: replaces the static table of each widget of this kind by the widget itself.
for (const data of document.querySelectorAll("script.widget-state")) {
  const state = JSON.parse(data.textContent);
  if (state.kind !== "KIND") continue;
  const el = module_elements.make("div");
  module_KIND.render({ model: { get: () => state }, el });
  document.getElementById(data.id.replace(/-state$/, "")).replaceChildren(el);
}
