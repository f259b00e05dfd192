// The player: reports what was really played, shows what the server has counted of it, and says when nothing is counted.
// The server decides what counts; whatever it has not counted yet is reported again.

import { gaps, seconds, subtract, wholeSeconds } from "./ranges.js";

const EVERY = 10_000; // a report at least this often while something is playing or waiting
const SOON = 2_000; // a second try for what is still waiting at the end
const TIMEOUT = 8_000;

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const byId = (id) => document.getElementById(id);
const state = read("player-state");
const words = read("player-words");
const film = byId("film");
const bar = byId("bar");
const counting = byId("counting");
const transcript = byId("transcript");
const sentences = [...transcript.querySelectorAll("[data-start]")];

const session = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
let watched = state.watched;
let completed = state.completed;
let seq = 0;
let opened = false;
let sending = false;
let queued = false;
let stopped = false; // the server will take no more from this page
let lateTimer = 0;

// --- reporting -----------------------------------------------------------------------------------------------------

const waiting = () => subtract(wholeSeconds(film.played, state.duration), watched).slice(0, 100);
const worthSending = () => !completed && !stopped && (!opened || waiting().length > 0);

async function report({ leaving = false } = {}) {
  if (!worthSending()) return;
  if (sending && !leaving) {
    queued = true;
    return;
  }
  sending = true;
  const body = JSON.stringify({ session, seq: seq++, played: waiting(), position: Math.min(state.duration, Math.round(film.currentTime)), rate: film.playbackRate || 1 });
  try {
    let response = await post(body, leaving);
    if (response.status === 400 && (await renewed())) response = await post(body, leaving);
    if (response.ok) taken(await response.json());
    else refused(response.status, (await response.json().catch(() => ({}))).code);
  } catch {
    say("offline", "off");
  } finally {
    sending = false;
    if (queued) {
      queued = false;
      setTimeout(report, 300);
    }
  }
}

const post = (body, leaving) =>
  fetch(state.url, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": state.csrf },
    body,
    credentials: "same-origin",
    keepalive: leaving,
    signal: leaving ? undefined : AbortSignal.timeout(TIMEOUT),
  });

// A log-in in another tab changes the form token: the new one is fetched once.
async function renewed() {
  const response = await fetch(state.account, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT) });
  if (response.ok) state.csrf = (await response.json()).csrf;
  return response.ok;
}

function taken(answer) {
  opened = true;
  watched = subtract([[0, state.duration]], answer.gaps);
  completed = answer.completed;
  show(answer);
  tell(answer);
  clearTimeout(lateTimer);
  if ((film.paused || film.ended) && worthSending()) lateTimer = setTimeout(report, SOON);
}

function refused(status, code) {
  if (status === 401) return say("login", "off");
  if (status === 429 || status >= 500 || code === "training.busy") return say("offline", "off");
  stopped = true;
  say("stopped", "off");
}

// --- what is shown -------------------------------------------------------------------------------------------------

function say(key, kind, values = {}) {
  const text = Object.entries(values).reduce((line, [name, value]) => line.replaceAll(`{${name}}`, value), words[key]);
  byId("log-in").hidden = key !== "login";
  if (counting.textContent === text) return; // a screen reader hears each change once
  counting.textContent = text;
  counting.className = `line-status ${kind}`;
}

function tell(answer) {
  const late = seconds(waiting());
  if (answer.completed) say("all_done", "");
  else if (answer.elsewhere) say("elsewhere", "off");
  else if (late > 4) say("fast", "wait", { n: late });
  else if (answer.percent === 100) say("lesson_done", "");
  else if (!film.paused) say("counting", "");
  else if (counting.dataset.why === "hidden") say("hidden", "off");
  else say("paused", "wait");
}

const face = (s) => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
const length = (s) => (s >= 60 ? `${Math.floor(s / 60)} ${words.minutes} ` : "") + `${s % 60} ${words.seconds}`;

function rect(from, to, name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({ x: from, y: 0, width: to - from, height: 1 })) made.setAttribute(key, value);
  if (name) made.setAttribute("class", name);
  return made;
}

function show(answer) {
  const open = gaps(watched, state.duration);
  bar.replaceChildren(...watched.map(([from, to]) => rect(from, to)));
  head();
  bar.setAttribute("aria-label", open.length ? words.bar.replace("{gaps}", open.map(([a, b]) => `${face(a)}–${face(b)}`).join(", ")) : words.bar_done);
  byId("percent").textContent = words.percent.replace("{n}", answer.percent);
  byId("left").textContent = `· ${open.length ? words.left.replace("{time}", length(seconds(open))) : words.nothing_left}`;
  byId("next-gap").hidden = !open.length;
  byId("gap-count").textContent = open.length;
  byId("course").textContent = words.course.replace("{n}", answer.training_percent);
  const own = byId("index-percent");
  own.textContent = words.share.replace("{n}", answer.percent);
  own.className = `tag ${answer.percent === 100 ? "good" : "warn"}`;
  byId("gaps").replaceChildren(...open.map(row));
  byId("done").hidden = !answer.completed;
}

function row([from, to]) {
  const made = document.createElement("tr");
  for (const text of [face(from), face(to), length(to - from)]) made.insertCell().textContent = text;
  const link = document.createElement("a");
  link.href = "#player";
  link.dataset.seek = from;
  link.textContent = words.go;
  made.insertCell().append(link);
  return made;
}

function head() {
  bar.querySelector(".head")?.remove();
  const at = Math.min(film.currentTime, state.duration);
  bar.append(rect(at, at + Math.max(state.duration / 200, 0.5), "head"));
}

function follow() {
  head();
  const at = film.currentTime + 0.1;
  const now = sentences.findLast((sentence) => Number(sentence.dataset.start) <= at);
  const before = transcript.querySelector("[aria-current]");
  if (now === before) return;
  before?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
  if (!now || film.paused || transcript.matches(":focus-within, :hover")) return;
  const box = transcript.getBoundingClientRect();
  const line = now.getBoundingClientRect();
  if (line.top < box.top || line.bottom > box.bottom) transcript.scrollTop += line.top - box.top - box.height / 3;
}

// --- moving about --------------------------------------------------------------------------------------------------

const RUN_UP = 0.6; // seconds: a browser may land a little behind where it is sent, and a gap is watched from its very start

function seek(to, play = true) {
  film.currentTime = Math.min(Math.max(0, to), state.duration);
  if (play) film.play().catch(() => {});
}

function nextGap() {
  const open = gaps(watched, state.duration);
  const here = Math.floor(film.currentTime);
  return (open.find(([from, to]) => from > here || (from <= here && here < to - 1)) ?? open[0])?.[0];
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#next-gap, [data-seek], [data-start]");
  if (!link || event.ctrlKey || event.metaKey || event.target.closest(".cite")) return;
  event.preventDefault();
  const to = link.id === "next-gap" ? nextGap() : Number(link.dataset.seek ?? link.dataset.start);
  if (to === undefined) return;
  seek(link.dataset.start === undefined ? to - RUN_UP : to);
  if (link.dataset.seek !== undefined) film.focus();
});

bar.addEventListener("click", (event) => {
  const box = bar.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * state.duration, !film.paused);
});

// --- when to report ------------------------------------------------------------------------------------------------

film.addEventListener("playing", () => {
  counting.dataset.why = "";
  if (completed || stopped) return;
  if (!navigator.onLine) say("offline", "off");
  else if (opened && !gaps(watched, state.duration).length) say("again", "wait");
  else say("counting", "");
  report();
});
film.addEventListener("pause", () => {
  if (!completed && !stopped && navigator.onLine && counting.dataset.why !== "hidden") say("paused", "wait");
  report();
});
film.addEventListener("seeking", () => report());
film.addEventListener("ended", () => report());
film.addEventListener("timeupdate", follow);
film.addEventListener("seeked", follow);
setInterval(() => {
  if (!film.paused || waiting().length) report();
}, EVERY);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return void report();
  if (!film.paused && !document.pictureInPictureElement) {
    counting.dataset.why = "hidden";
    film.pause();
    if (!completed) say("hidden", "off");
  }
  report({ leaving: true });
});
addEventListener("pagehide", () => report({ leaving: true }));
addEventListener("offline", () => !completed && say("offline", "off"));
addEventListener("online", () => report());
