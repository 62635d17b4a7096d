// Passkeys are the one thing that needs a script: only a browser can ask a device for one. A form says what for
// (`data-passkey`: create or get) and where the question is (`data-options`); the answer goes out with the form.
const known = window.PublicKeyCredential;
const supported = Boolean(known?.parseCreationOptionsFromJSON && known.parseRequestOptionsFromJSON);

const ask = {
  create: (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button");
  const say = (words) => {
    problem.textContent = words;
    problem.hidden = words === "";
  };

  if (!supported) {
    say(problem.dataset.unsupported);
    button.disabled = true;
    continue;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    say("");
    button.disabled = true;
    try {
      const answer = await fetch(form.dataset.options, { method: "POST", headers: { Accept: "application/json" } });
      const type = answer.headers.get("Content-Type") ?? "";
      // Whoever has to confirm first, or waited too long, is sent on by the page itself.
      if (!answer.ok || !type.includes("json")) return location.reload();
      const credential = await ask[form.dataset.passkey](await answer.json());
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      say(error.name === "InvalidStateError" ? problem.dataset.already : problem.dataset.failed);
    } finally {
      button.disabled = false;
    }
  });
}
