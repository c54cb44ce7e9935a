// Tells whether anybody can see the page: a source that is out of sight draws nothing, whatever it says of itself.

// OBS does not always tell a page that it is hidden; frames that fail to come tell it.
const HEARTBEAT = 500;
const UNSEEN = 1_000;

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Watches over the frames. `onReturn` is called when the page is back in sight; what it returns is waited for. */
export class Sight {
  #drawn = performance.now();
  #returned = null;

  constructor() {
    this.onReturn = () => {};
  }

  start() {
    setInterval(() => requestAnimationFrame(() => this.#note()), HEARTBEAT);
    document.addEventListener("visibilitychange", () => document.hidden || this.#return());
  }

  /** Come back once a frame was drawn, and whatever was missed out of sight is known. */
  async seen() {
    do {
      await frame();
      this.#note();
      await this.#returned;
    } while (document.hidden);
  }

  #note() {
    const now = performance.now();
    if (now - this.#drawn > UNSEEN) this.#return();
    this.#drawn = now;
  }

  #return() {
    this.#returned = this.onReturn();
  }
}
