// The countdown. It runs from what the server said was left, on a clock that no device setting can move, and takes the
// server's word again with every reply. It never decides anything: at zero it asks.

const SECOND = 1000;
const SUSPENDED = 5 * SECOND;

export class Clock {
  #deadline;
  #timer = 0;
  #last = 0;
  #before;
  #marks;
  #onTick;
  #onMark;
  #onZero;
  #onWake;

  constructor({ remaining, marks, onTick, onMark, onZero, onWake }) {
    this.#marks = marks;
    this.#onTick = onTick;
    this.#onMark = onMark;
    this.#onZero = onZero;
    this.#onWake = onWake;
    this.#before = remaining;
    this.#deadline = performance.now() + remaining;
  }

  get left() {
    return Math.max(0, this.#deadline - performance.now());
  }

  // The reply took `travel` ms there and back: half of it has passed since the server looked at its clock.
  rebase(remaining, travel = 0) {
    this.#deadline = performance.now() + Math.max(0, remaining - travel / 2);
    this.#tick();
  }

  start() {
    this.#last = performance.now();
    this.#tick();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #tick() {
    clearTimeout(this.#timer);
    const now = performance.now();
    const asleep = now - this.#last > SUSPENDED;
    this.#last = now;
    const left = this.left;
    this.#onTick(left);
    for (const mark of this.#marks) if (left <= mark && this.#before > mark) this.#onMark(mark);
    this.#before = left;
    if (left === 0) return this.#onZero();
    this.#timer = setTimeout(() => this.#tick(), left % SECOND || SECOND);
    if (asleep) this.#onWake();
  }
}

// "13.42", rounded up so that 0.00 is shown only when nothing is left.
export function minutes(left) {
  const seconds = Math.ceil(left / SECOND);
  return `${Math.floor(seconds / 60)}.${String(seconds % 60).padStart(2, "0")}`;
}
