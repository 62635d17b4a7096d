// An upload shows how far it is. Without this file the same form posts as it is.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();

  const place = document.getElementById(form.dataset.upload);
  const [going, answer, stop] = ["[data-going]", "[data-answer]", "[data-stop]"].map((each) =>
    form.querySelector(each),
  );
  const [bar, words] = going.children;
  const send = form.querySelector("button.primary");
  const request = new XMLHttpRequest();

  const show = (on) => {
    going.hidden = stop.hidden = !on;
    send.disabled = on;
    if (!on) delete form.dataset.sent;
  };
  const tell = (text) => {
    show(false);
    const note = Object.assign(document.createElement("p"), { className: "problem", textContent: text, tabIndex: -1 });
    note.setAttribute("role", "alert");
    answer.replaceChildren(note);
    note.focus();
  };

  if ([...form.querySelectorAll("[type=file]")].some(({ files }) => files[0]?.size > Number(form.dataset.most))) {
    return tell(form.dataset.large);
  }

  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const percent = total ? Math.floor((100 * loaded) / total) : 0;
    bar.value = percent;
    words.textContent = percent < 100 ? `${percent} %` : form.dataset.kept;
  });
  request.addEventListener("load", () => {
    const to = request.getResponseHeader("HX-Redirect");
    if (to) return location.assign(to);
    // A refused form comes back whole; any other refusal as a few words.
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const fresh = page.querySelector("form[data-upload]");
    if (!fresh)
      return tell([...page.querySelectorAll("h1, p:not(.actions)")].map((each) => each.textContent).join(". "));
    place.replaceChildren(fresh);
    fresh.querySelector("[autofocus]")?.focus();
  });
  request.addEventListener("error", () => tell(form.dataset.broken));
  request.addEventListener("abort", () => show(false));
  stop.onclick = () => request.abort();

  answer.replaceChildren();
  bar.value = 0;
  words.textContent = "0 %";
  show(true);
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.send(new FormData(form));
});
