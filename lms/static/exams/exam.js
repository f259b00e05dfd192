// The exam in the browser: one question on the screen, every choice sent when it is made, the state of each question told
// by shape and word. Without this module the same page works as plain forms.

import { Clock, minutes } from "./clock.js";
import { Queue, Refused } from "./queue.js";

const MINUTE = 60_000;
const LOOK_EVERY = 30_000;
const TIMEOUT = 8_000;
const LAST_CALL = 3_000;
const NOT_OURS = [401, 403, 404]; // nobody is logged in, or somebody else
const TROUBLES = ["login", "offline_notice", "not_finished"];
const SHAPES = { saved: "saved", sending: "wait", unsent: "wait off", blank: "" };

const root = document.getElementById("exam");
const words = JSON.parse(document.getElementById("exam-words").textContent);
const questions = [...root.querySelectorAll("[data-question]")];
const links = [...root.querySelectorAll("[data-number]")];
const timer = document.getElementById("exam-timer");
const line = document.getElementById("exam-line");
const notice = document.getElementById("exam-notice");
const aloud = document.getElementById("exam-aloud");
const dialog = document.getElementById("exam-finish");
const finishLink = document.getElementById("exam-finish-open");
const count = questions.length;

let current = Number(root.dataset.current);
let token = root.dataset.csrf;
let over = false;
let loggedOut = false;
let lastSaved = "";

const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key]);

// --- the server ----------------------------------------------------------------------------------------------------

async function call(method, url, body) {
  const sent = performance.now();
  const response = await fetch(url, {
    method,
    headers: { Accept: "application/json", "X-CSRFToken": token, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
    redirect: "manual",
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT),
  });
  loggedOut = response.type === "opaqueredirect" || NOT_OURS.includes(response.status);
  if (loggedOut) {
    paint();
    throw new Refused(401);
  }
  const reply = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, reply.code);
  if (typeof reply.seq !== "number") throw new TypeError("an answer that is not the server's: a portal on the way");
  if (typeof reply.remaining_ms === "number") clock.rebase(reply.remaining_ms, performance.now() - sent);
  return reply;
}

async function look() {
  const account = await call("GET", root.dataset.state);
  token = account.csrf;
  if (account.status !== "in_progress") leave();
  return account;
}

async function save(number, option, seq) {
  const put = () => call("PUT", `${root.dataset.answers}/${number}`, { option, seq });
  try {
    return await put();
  } catch (error) {
    // A log-in in another tab changes the form token: fetch the new one and try once more.
    if (!(error instanceof Refused) || error.status !== 400) throw error;
    await look();
    return put();
  }
}

// A look that fails is no event of its own: the next one, or the next save, will tell.
async function peek() {
  if (over || queue.busy) return;
  try {
    queue.adopt(await look());
    if (queue.offline) queue.retryNow();
  } catch {}
}

// --- what is shown -------------------------------------------------------------------------------------------------

function announce(text) {
  aloud.textContent = "";
  requestAnimationFrame(() => (aloud.textContent = text));
}

function warn(key) {
  if (notice.dataset.key === (key ?? "")) return;
  notice.dataset.key = key ?? "";
  notice.firstElementChild.textContent = words[key] ?? "";
  notice.hidden = !key;
  notice.querySelector("a").hidden = key !== "login";
}

function tell(text, kind = "") {
  if (line.textContent === text) return;
  line.textContent = text;
  line.className = `line-status ${kind}`;
}

function paint() {
  for (const link of links) {
    const number = Number(link.dataset.number);
    const state = queue.state(number);
    link.className = SHAPES[state];
    link.querySelector("[data-word]").textContent = words[`state_${state}`];
    if (number === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const form of questions) {
    const number = Number(form.dataset.question);
    const choice = queue.choice(number);
    form.hidden = number !== current;
    for (const radio of form.elements.option) radio.checked = radio.value === choice;
    form.querySelector("[data-clear]").hidden = choice === null;
  }
  const waiting = queue.pending.size;
  const told = notice.dataset.key;
  if (loggedOut) warn("login");
  else if (!waiting || !queue.offline) TROUBLES.includes(told) && warn(null);
  else if (!["over", "not_finished"].includes(told)) warn("offline_notice");
  if (waiting && (loggedOut || queue.offline)) tell(say(loggedOut ? "logged_out" : "offline", { n: waiting }), "off");
  else tell(waiting ? words.sending : lastSaved, waiting ? "wait" : "");
  paintDialog();
}

function paintDialog() {
  const blank = questions.filter((form) => queue.choice(Number(form.dataset.question)) === null).length;
  const waiting = queue.pending.size;
  dialog.querySelector("[data-blank]").textContent = blank ? say("blank", { n: blank }) : words.blank_none;
  const unsent = dialog.querySelector("[data-unsent]");
  unsent.hidden = waiting === 0;
  unsent.textContent = waiting ? say("unsent", { n: waiting }) : "";
}

function go(number, { focus = true } = {}) {
  current = number;
  paint();
  history.replaceState(null, "", `?soru=${number}`);
  document.getElementById("exam-position").textContent = say("position", { n: number, count });
  const form = questions[number - 1];
  if (!focus) return;
  form.querySelector("legend").focus({ preventScroll: true });
  root.scrollIntoView({ block: "start" });
}

// --- acts ----------------------------------------------------------------------------------------------------------

function confirmAndMoveOn(event) {
  event.preventDefault();
  if (over) return;
  const blank = queue.choice(current) === null;
  if (blank) tell(say("left_blank", { n: current }), "wait");
  queue.retryNow();
  if (current < count) {
    go(current + 1);
    if (blank) tell(say("left_blank", { n: current - 1 }), "wait");
    return;
  }
  finishLink.classList.add("pointed");
  tell(words.last_question);
  lastSaved = words.last_question;
}

function askToFinish(event) {
  event.preventDefault();
  queue.retryNow();
  paintDialog();
  dialog.showModal();
}

async function finish(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("[type=submit]");
  if (button.disabled) return;
  button.disabled = true;
  queue.retryNow();
  await queue.idle(LAST_CALL);
  // Without a line or a log-in the exam cannot be finished: it stays here, and the notice says so.
  const heard = await look().catch(() => null);
  if (over) return;
  if (!heard || !dialog.open) {
    button.disabled = false;
    if (dialog.open && !loggedOut) warn("not_finished");
    dialog.close();
    return;
  }
  over = true;
  form.elements.csrf_token.value = token;
  form.submit();
}

function leave() {
  if (over) return;
  over = true;
  queue.close();
  location.replace(root.dataset.result);
}

// At zero the server is asked; it settles two seconds later, and until then nothing here decides anything.
async function timeIsUp() {
  if (over) return;
  for (const form of questions) form.querySelector("fieldset").disabled = true;
  if (dialog.open) dialog.close();
  if (!loggedOut) warn("over");
  queue.retryNow();
  try {
    const account = await look();
    if (account.remaining_ms > 0) {
      for (const form of questions) form.querySelector("fieldset").disabled = false;
      warn(null);
      return;
    }
  } catch {
    // The line may be gone; ask again until the server answers.
  }
  if (!over) setTimeout(timeIsUp, 1_000);
}

// --- wiring --------------------------------------------------------------------------------------------------------

const clock = new Clock({
  remaining: Number(root.dataset.remaining),
  marks: [5 * MINUTE, MINUTE],
  onTick: (left) => {
    timer.textContent = minutes(left);
    timer.className = `timer ${left <= MINUTE ? "last" : left <= 5 * MINUTE ? "soon" : ""}`;
  },
  onMark: (mark) => announce(say("minutes_left", { n: mark / MINUTE })),
  onZero: timeIsUp,
  onWake: peek,
});

const queue = new Queue({
  attempt: root.dataset.code,
  seq: Number(root.dataset.seq),
  answers: JSON.parse(root.dataset.saved),
  send: save,
  look,
  onChange: () => paint(),
  onSaved: (number, option, reply) => {
    lastSaved = option ? say("saved", { n: number, option, at: reply.at }) : say("cleared", { n: number, at: reply.at });
  },
  onOther: () => {
    warn("other_device");
    announce(words.other_device);
  },
  onClosed: leave,
});

for (const form of questions) {
  const number = Number(form.dataset.question);
  form.addEventListener("change", (event) => {
    if (event.target.name === "option") queue.set(number, event.target.value);
  });
  form.addEventListener("submit", confirmAndMoveOn);
  form.querySelector("[data-clear]").addEventListener("click", () => {
    queue.set(number, null);
    form.elements.option[0].focus();
  });
}
for (const link of links) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go(Number(link.dataset.number));
  });
}
for (const link of root.querySelectorAll("[data-go]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go(Number(link.dataset.go));
  });
}
finishLink.addEventListener("click", askToFinish);
dialog.querySelector("form").addEventListener("submit", finish);
dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
notice.querySelector("button").addEventListener("click", () => warn(null));
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && peek());
addEventListener("pageshow", (event) => event.persisted && peek());
addEventListener("online", () => queue.retryNow());
addEventListener("beforeunload", (event) => {
  if (!over && queue.pending.size) event.preventDefault();
});

// A choice made before this module arrived counts like any other.
const early = questions.map((form) => [...form.elements.option].find((radio) => radio.checked && !radio.defaultChecked));
early.forEach((radio, index) => radio && queue.set(index + 1, radio.value));
root.dataset.live = "";
setInterval(peek, LOOK_EVERY);
clock.start();
go(current, { focus: false });
queue.start();
