// Small helps for every page; each works without this file too.

// A form that came back with errors says so first.
document.querySelector("[data-focus]")?.focus();

// One press is enough: a second submit of the same form is swallowed while the first is on its way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.again !== undefined || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.querySelector("button[type=submit]")?.setAttribute("aria-busy", "true");
});

// Coming back with the browser's button shows the page as it was: let its forms be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// data-copy="text" copies; data-print prints.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if (button.dataset.print !== undefined) return print();
  await navigator.clipboard?.writeText(button.dataset.copy);
  const note = button.querySelector("[data-done]");
  if (note) note.hidden = false;
});
