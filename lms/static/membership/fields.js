// Two helps for typing: a password that can be looked at, and an e-mail address that is read back. Both work without.

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link reveal";
  button.textContent = input.dataset.reveal;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  input.after(button);
  // A password manager must see a password field when the form leaves.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
}

const email = document.querySelector("input[data-read-back]");
const output = document.getElementById("email-read-back");

async function readBack() {
  const typed = email.value.trim();
  output.hidden = true;
  if (!typed.includes("@")) return;
  const answer = await fetch(email.dataset.readBack, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": email.form.elements.csrf_token.value },
    body: JSON.stringify({ email: typed }),
  }).catch(() => null);
  if (!answer?.ok || email.value.trim() !== typed) return;
  const { email: address, meant } = await answer.json();
  output.replaceChildren();
  if (address) output.append(output.dataset.says, " ", strong(address));
  if (meant) output.append(address ? ". " : "", strong(meant), " ", output.dataset.asks, " ", fix(meant));
  output.hidden = !address && !meant;
}

function strong(text) {
  const element = document.createElement("strong");
  element.textContent = text;
  return element;
}

function fix(meant) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = output.dataset.fix;
  button.addEventListener("click", () => {
    email.value = meant;
    email.focus();
    readBack();
  });
  return button;
}

if (email && output) email.addEventListener("change", readBack);
