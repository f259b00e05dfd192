// Answers on their way to the server: one request at a time, repeated until acknowledged, kept on this device so that a
// reload or a lost connection loses nothing. Only letters and numbers of questions are stored: no text, no key, no person.

const PAUSES = [500, 1000, 2000, 4000, 8000];

export class Refused extends Error {
  constructor(status, code) {
    super(code || String(status));
    this.status = status;
    this.code = code;
  }
}

export class Shelf {
  #prefix;

  constructor(attempt) {
    this.#prefix = `exam:${attempt}:`;
  }

  // A browser may refuse storage altogether; the answers then live as long as the page.
  put(number, entry) {
    try {
      localStorage.setItem(this.#prefix + number, JSON.stringify(entry));
    } catch {}
  }

  drop(number) {
    try {
      localStorage.removeItem(this.#prefix + number);
    } catch {}
  }

  load() {
    const found = new Map();
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(this.#prefix)) found.set(Number(key.slice(this.#prefix.length)), JSON.parse(localStorage[key]));
      }
    } catch {}
    return found;
  }
}

export class Queue {
  known = new Map(); // what the server acknowledged: number -> letter
  pending = new Map(); // number -> {option, base, seq, stale}
  seq;
  offline = false;
  #shelf;
  #send;
  #look;
  #onChange;
  #onSaved;
  #onOther;
  #onClosed;
  #flying = null;
  #tries = 0;
  #timer = 0;
  #closed = false;
  #idle = [];

  constructor({ attempt, seq, answers, send, look, onChange, onSaved, onOther, onClosed }) {
    this.seq = seq;
    for (const [number, option] of Object.entries(answers)) this.known.set(Number(number), option);
    this.#send = send;
    this.#look = look;
    this.#onChange = onChange;
    this.#onSaved = onSaved;
    this.#onOther = onOther;
    this.#onClosed = onClosed;
    this.#shelf = new Shelf(attempt);
    for (const [number, entry] of this.#shelf.load()) this.pending.set(number, { ...entry, stale: true });
    this.#settleStale();
  }

  start() {
    this.#next();
  }

  // The choice that is on the screen: the newest the candidate made, acknowledged or not.
  choice(number) {
    return this.pending.has(number) ? this.pending.get(number).option : this.known.get(number) ?? null;
  }

  state(number) {
    if (this.pending.has(number)) return this.offline ? "unsent" : "sending";
    return this.known.get(number) ? "saved" : "blank";
  }

  set(number, option) {
    if (this.#closed || this.choice(number) === option) return;
    const base = this.known.get(number) ?? null;
    const sent = this.#flying === number || Boolean(this.pending.get(number)?.seq);
    // Back to what the server already has, and nothing else about this question ever left: nothing to send.
    if (option === base && !sent) {
      this.pending.delete(number);
      this.#shelf.drop(number);
    } else {
      const entry = { option, base, seq: null, stale: false };
      this.pending.set(number, entry);
      this.#shelf.put(number, entry);
    }
    this.#onChange();
    this.#next();
  }

  // The server's own account of the attempt; one that is older than what we know is no news.
  adopt({ seq, answers }) {
    if (seq < this.seq) return;
    const other = seq > this.seq;
    this.seq = seq;
    this.known = new Map(Object.entries(answers).map(([number, option]) => [Number(number), option]));
    this.#settleStale();
    this.#onChange();
    if (other) this.#onOther();
    this.#next();
  }

  retryNow() {
    this.#tries = 0;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#next();
  }

  // Resolves when nothing is waiting, or after `limit` ms.
  idle(limit) {
    if (this.pending.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#idle.push(() => resolve(true));
      setTimeout(() => resolve(false), limit);
    });
  }

  // What did not arrive stays on the shelf: the page of the result tells it.
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  get busy() {
    return this.#flying !== null;
  }

  // What waited here while time went by yields to a choice made on another device since then.
  #settleStale() {
    for (const [number, entry] of [...this.pending]) {
      const server = this.known.get(number) ?? null;
      if (!entry.stale || number === this.#flying) continue;
      if (server === entry.option || server !== (entry.base ?? null)) {
        this.pending.delete(number);
        this.#shelf.drop(number);
      }
    }
    this.#wake();
  }

  #wake() {
    if (this.pending.size === 0) for (const wake of this.#idle.splice(0)) wake();
  }

  async #next() {
    if (this.#closed || this.#flying !== null || this.#timer || this.pending.size === 0) return;
    const [number, entry] = this.pending.entries().next().value;
    this.#flying = number;
    entry.seq ??= ++this.seq;
    this.#shelf.put(number, entry);
    try {
      const reply = await this.#send(number, entry.option, entry.seq);
      this.#flying = null;
      this.#tries = 0;
      this.offline = false;
      await this.#take(number, entry, reply);
    } catch (error) {
      this.#flying = null;
      this.#fail(entry, error);
    }
    this.#onChange();
    this.#next();
  }

  async #take(number, entry, reply) {
    this.seq = Math.max(this.seq, reply.seq);
    if (reply.saved) {
      this.known.set(number, entry.option);
      if (this.pending.get(number) === entry) {
        this.pending.delete(number);
        this.#shelf.drop(number);
      } else if (this.pending.get(number)) {
        this.pending.get(number).base = entry.option;
      }
      this.#onSaved(number, entry.option, reply);
      this.#wake();
      return;
    }
    // Another device was here first. A choice made just now is the newest act and goes again with a higher number; one
    // that waited is compared with what the other device did meanwhile.
    const account = await this.#look();
    entry.seq = null;
    this.adopt(account);
    this.#onOther();
  }

  #fail(entry, error) {
    if (error instanceof Refused && error.status === 409) {
      this.#onClosed(error);
      return;
    }
    if (error instanceof Refused && error.status === 422) {
      for (const [number, other] of this.pending) if (other === entry) this.pending.delete(number), this.#shelf.drop(number);
      this.#wake();
      return;
    }
    this.offline = true;
    for (const waiting of this.pending.values()) waiting.stale = true;
    const pause = PAUSES[Math.min(this.#tries++, PAUSES.length - 1)] * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#next();
    }, pause);
  }
}
