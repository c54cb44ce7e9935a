// Shows one alert after the other, each for some seconds, and only while somebody can see the page.

const LEAVING = 600;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The queue is the server's: this only remembers where it stands in it. */
export class Alerts {
  #scene;
  #position;
  #sight;
  #refresh;
  #milliseconds;
  #waiting = [];
  #playing = false;

  constructor({ scene, position, sight, refresh, seconds }) {
    this.#scene = scene;
    this.#position = position;
    this.#sight = sight;
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
    await this.#sight.seen();
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
}
