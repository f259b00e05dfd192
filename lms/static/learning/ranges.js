// Sets of whole seconds, as the server keeps them: sorted, disjoint, half-open [from, to].

export function union(ranges) {
  const merged = [];
  for (const [from, to] of [...ranges].filter(([a, b]) => a < b).sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function subtract(ranges, taken) {
  const left = [];
  for (const [from, to] of union(ranges)) {
    let at = from;
    for (const [a, b] of union(taken)) {
      if (b <= at || a >= to) continue;
      if (a > at) left.push([at, a]);
      at = Math.max(at, b);
    }
    if (at < to) left.push([at, to]);
  }
  return left;
}

export const gaps = (watched, duration) => subtract([[0, duration]], watched);
export const seconds = (ranges) => ranges.reduce((sum, [from, to]) => sum + to - from, 0);

// What the browser really played, as whole seconds: a second counts when it was played but for a quarter at its ends.
export function wholeSeconds(played, duration) {
  const found = [];
  for (let i = 0; i < played.length; i++) {
    found.push([Math.max(0, Math.ceil(played.start(i) - 0.25)), Math.min(duration, Math.floor(played.end(i) + 0.25))]);
  }
  return union(found);
}
