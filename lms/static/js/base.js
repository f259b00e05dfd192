// Small helps for every page; each works without this file too.

// A form that came back with errors says so first.
document.querySelector("[data-focus]")?.focus();

// Files that are too large together stay here: the server's refusal would be a page without what was typed.
document.addEventListener("submit", (event) => {
  for (const field of event.target.querySelectorAll("[data-most]")) {
    const tooLarge = [...field.files].reduce((sum, file) => sum + file.size, 0) > field.dataset.most;
    field.nextElementSibling.hidden = !tooLarge;
    if (!tooLarge) continue;
    event.preventDefault();
    field.focus();
  }
});

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

// What was begun in one form outlives the sending of another on its page: kept by this tab until the page is there again.
if (location.pathname === "/giris") sessionStorage.clear(); // the next person at this screen is somebody else
const BEGUN = `begun:${location.pathname}`;
const fields = () => [...document.querySelectorAll("main form[method=post]:not([data-again]) :is(textarea, select, [type=checkbox], [type=radio])")];
const ticks = (field) => field.checked !== undefined;
const content = (field) => ticks(field) ? field.checked : field.value;
const place = (field) => [field.form.getAttribute("action"), field.name, ticks(field) && field.value].join(" ");
const begun = new Map(JSON.parse(sessionStorage.getItem(BEGUN) ?? "[]"));
const untouched = new Map(fields().map((field) => [field, content(field)]));
sessionStorage.removeItem(BEGUN);
for (const field of fields()) {
  if (begun.has(place(field))) field[ticks(field) ? "checked" : "value"] = begun.get(place(field));
}
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const left = fields().filter((field) => field.form !== event.target && content(field) !== untouched.get(field));
  if (left.length) sessionStorage.setItem(BEGUN, JSON.stringify(left.map((field) => [place(field), content(field)])));
});
