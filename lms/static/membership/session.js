// Says five minutes ahead that the session will idle out, and prolongs it by one press. Another tab's use counts as well:
// before the warning is shown, and when the end has come, the server is asked how long there really is.

const warning = document.getElementById("session-warning");
const AHEAD = 300;

async function ask(method) {
  const answer = await fetch(warning.dataset.url, {
    method,
    headers: { Accept: "application/json", "X-CSRFToken": warning.dataset.token },
  }).catch(() => null);
  if (!answer) return 30; // no connection: look again later
  if (!answer.ok) return 0;
  const { seconds, csrf } = await answer.json();
  warning.dataset.token = csrf; // a log-in in another tab changes it
  return seconds;
}

function wait(seconds) {
  const ahead = seconds - AHEAD;
  setTimeout(look, Math.max(ahead > 0 ? ahead : Math.min(seconds, 30), 5) * 1000);
}

async function look() {
  const seconds = await ask("GET");
  if (seconds <= 0) return tellEnd();
  const show = seconds <= AHEAD + 5;
  if (show && warning.hidden) {
    warning.hidden = false;
    warning.querySelector("button").focus();
  }
  if (!show) warning.hidden = true;
  wait(seconds);
}

function tellEnd() {
  // Nothing is reloaded: what was typed on this page stays on it.
  warning.querySelector("p").textContent = warning.dataset.ended;
  warning.querySelector("button").hidden = true;
  warning.querySelector("a").hidden = false;
  warning.hidden = false;
}

if (warning) {
  warning.querySelector("button").addEventListener("click", async () => {
    warning.hidden = true;
    wait(await ask("POST"));
  });
  wait(Number(warning.dataset.seconds));
}
