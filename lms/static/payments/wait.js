// While the bank has not settled the payment: have the bank asked if nobody did a moment ago, then look quietly, and show
// the new state when there is one.
const shown = document.querySelector("[data-state]");
const ask = document.querySelector("form[data-ask]");

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-state]");
    if (answer.ok && now?.dataset.state !== shown.dataset.state) {
      location.reload();
      return;
    }
  } catch {
    // offline: the next look will tell
  }
  setTimeout(look, 8000);
}

if (ask) ask.submit();
else if (shown) setTimeout(look, 8000);
