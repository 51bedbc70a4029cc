// In a page: each widget of this kind takes the place of the table that stands there without scripts.
for (const data of document.querySelectorAll("script.widget-state")) {
  const state = JSON.parse(data.textContent);
  if (state.kind !== "KIND") continue;
  const el = module_elements.make("div");
  module_KIND.render({ model: { get: () => state }, el });
  document.getElementById(data.id.replace(/-state$/, "")).replaceChildren(el);
}
