// What this device still held when the exam ended, and the server never had: told once, then forgotten.

import { Shelf } from "./queue.js";

const note = document.getElementById("unsent");
const counted = JSON.parse(note.dataset.answers);
const shelf = new Shelf(note.dataset.code);
const held = [...shelf.load()].sort(([a], [b]) => a - b);
const lost = held.filter(([number, entry]) => entry.option !== (counted[number] ?? null));

note.querySelector("[data-numbers]").textContent = lost.map(([number]) => number).join(", ");
note.hidden = !lost.length;
for (const [number] of held) shelf.drop(number);
