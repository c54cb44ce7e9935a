// Up to where this browser has shown the alerts: kept over reloads, shared by the sources of one browser.

const isPosition = (value) =>
  Number.isSafeInteger(value?.seq) &&
  Number.isSafeInteger(value.nth) &&
  Number.isSafeInteger(value.test) &&
  /^\d+(\.\d+)?$/.test(value.sum);

/** The further of two in each sequence: that of the donations, with what they come to, and that of the tests. */
const furthest = (one, other) => ({
  ...(other.seq > one.seq ? other : one),
  test: Math.max(one.test, other.test),
});

/** The place in the server's sequence of alerts; an alert behind it was shown, one ahead of it was not. */
export class Position {
  #key;
  #at = null;
  #storage;

  /** `storage` returns where to keep it, null to keep nothing, or throws where the browser forbids to. */
  constructor(storage) {
    this.#storage = storage;
  }

  /** Where it stands, in the server's own form, or null before the server's first answer. */
  get at() {
    return this.#at;
  }

  /** Begin where this browser has been before, or else where the server says; return whether it was here before. */
  begin(goal, minimum, position) {
    // Sources that show other alerts have places of their own.
    this.#key = `qiwi-overlay:${goal}:${minimum ?? 0}`;
    const stored = this.#stored();
    this.#at = stored ?? position;
    this.#store();
    return stored !== null;
  }

  isAhead({ position }) {
    return position.seq > this.#at.seq || position.test > this.#at.test;
  }

  /** Go on; never back. */
  advance(position) {
    const next = furthest(this.#at, position);
    if (next.seq === this.#at.seq && next.test === this.#at.test) return;
    this.#at = next;
    this.#store();
  }

  /** Take over what another source of the same browser has shown while this one was out of sight. */
  catchUp() {
    if (this.#at) this.#at = furthest(this.#at, this.#stored() ?? this.#at);
  }

  #stored() {
    try {
      const stored = JSON.parse(this.#storage()?.getItem(this.#key) ?? null);
      return isPosition(stored) ? stored : null;
    } catch {
      return null; // a browser may forbid storage: the server remembers too
    }
  }

  #store() {
    try {
      this.#storage()?.setItem(this.#key, JSON.stringify(this.#at));
    } catch {
      // As above.
    }
  }
}
