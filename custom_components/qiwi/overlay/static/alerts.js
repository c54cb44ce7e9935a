// Shows one alert after the other, each for some seconds, and only while somebody can see the page.

// A frame that took longer means that the page was out of sight: a hidden source draws nothing.
const UNSEEN = 1_000;
const LEAVING = 600;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** The queue is the server's: this only remembers where it stands in it. */
export class Alerts {
  #scene;
  #position;
  #refresh;
  #milliseconds;
  #waiting = [];
  #playing = false;

  constructor({ scene, position, refresh, seconds }) {
    this.#scene = scene;
    this.#position = position;
    this.#refresh = refresh;
    this.#milliseconds = seconds * 1_000;
  }

  /** Take over what the server says is still to be shown. */
  async offer(alerts) {
    this.#waiting = alerts;
    if (this.#playing) return;
    this.#playing = true;
    try {
      while (this.#next()) await this.#play();
    } finally {
      this.#playing = false;
    }
  }

  #next() {
    return this.#waiting.find((alert) => this.#position.isAhead(alert));
  }

  async #play() {
    await this.#untilSeen();
    const alert = this.#next();
    if (!alert) return;
    this.#position.advance(alert.position);
    this.#scene.showAlert(alert);
    // So that the server's list, and with it a burst, begins behind this one.
    this.#refresh();
    await pause(this.#milliseconds);
    this.#scene.endAlert();
    await pause(LEAVING);
  }

  async #untilSeen() {
    for (;;) {
      const before = performance.now();
      await frame();
      if (performance.now() - before < UNSEEN && !document.hidden) return;
      // What waited may be a burst by now, or another source has shown it.
      this.#position.catchUp();
      await this.#refresh();
    }
  }
}
