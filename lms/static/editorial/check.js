// The live check of a text that is being typed: asked a second after the last key, and told above the form.
const form = document.querySelector("form[data-check]");
const place = document.getElementById("faults");
let timer, asked = 0;

form?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, 1000);
});

async function check() {
  const mine = ++asked;
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
    if (answer.ok && mine === asked) place.innerHTML = await answer.text();
  } catch {
    // Saving checks again.
  }
}
