// Advanced: filters the list while one types. Ticks are never touched: what is hidden stays in the form.
for (const form of document.querySelectorAll("[data-live-filter]")) {
  const { q, section, only } = form.elements;
  const show = () => {
    const words = q.value.trim().toLowerCase();
    const boxes = [...form.querySelectorAll("[data-words]")];
    for (const item of boxes) {
      item.hidden = !(
        item.dataset.words.includes(words) &&
        (!section.value || section.value === item.dataset.section) &&
        (!only.checked || item.querySelector("input").checked)
      );
    }
    for (const group of form.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("li:not([hidden])");
    form.querySelector("[data-none]").hidden = boxes.some((item) => !item.hidden);
  };
  const count = () => {
    form.querySelector("[data-ticked]").textContent = form.querySelectorAll('[name="p"]:checked').length;
  };
  form.addEventListener("input", (event) => (event.target.name === "p" ? count() : show()));
  only.addEventListener("change", show);
  section.addEventListener("change", show);
  // Enter in the search field filters, it does not apply.
  q.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}
