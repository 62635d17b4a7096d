// What makes pages nicer, never possible: every flow works without this file.

// A menu closes when the focus or a click goes elsewhere, and with Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A link to a confirmation page opens as a dialog where the page holds one for it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (!dialog) return;
  event.preventDefault();
  if (opener.hasAttribute("hx-get")) dialog.replaceChildren();
  opener.closest("details.menu")?.removeAttribute("open");
  dialog.showModal();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// A row of tabs that is wider than a phone shows the one that one is at.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  const start = tab.offsetLeft - row.offsetLeft;
  if (start + tab.offsetWidth > row.clientWidth) row.scrollLeft = start;
}

// Copy buttons.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const toasts = document.getElementById("toasts");
  const toast = Object.assign(document.createElement("p"), {
    className: "toast done",
    textContent: button.dataset.copied,
  });
  toasts.append(toast);
});

// "Select all on this page" and the count in the bulk bar; the boxes belong to the bar's form wherever they stand.
document.addEventListener("change", ({ target }) => {
  const boxes = [...(target.form?.elements ?? [])].filter((each) => each.matches("[data-select]"));
  if (target.matches("[data-select-all]")) for (const each of boxes) each.checked = target.checked;
  const count = target.form?.querySelector("[data-selected-count]");
  if (count) count.textContent = boxes.filter((each) => each.checked).length;
});

// A new profile starts in the browser's own time zone.
for (const select of document.querySelectorAll('[data-own="time-zone"]')) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select.value === "UTC" && [...select.options].some((option) => option.value === own)) select.value = own;
}

// What was typed and not saved is asked about before another page takes its place.
let unsaved;
document.addEventListener("input", ({ target }) => {
  if (target.form?.hasAttribute("data-asks")) unsaved = target.form;
});
window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());

// A form that is on its way is not sent twice.
document.addEventListener("submit", (event) => {
  if (event.target === unsaved) unsaved = undefined;
  if (event.target.dataset.sent) return event.preventDefault();
  if (event.target.method !== "post" || event.target.hasAttribute("hx-post")) return;
  event.target.dataset.sent = "yes";
  setTimeout(() => delete event.target.dataset.sent, 4000);
});
