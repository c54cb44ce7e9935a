// Asks Home Assistant for the picture every two seconds, and keeps asking through every outage.

const INTERVAL = 2_000;
const OUT_OF_SIGHT = 10_000;
const PATIENCE = 10_000;
const LONGEST = 30_000;
const DATA = "/api/qiwi/overlay/data";

/** Where pictures come from. `onPicture` gets each new one, `onRefused` is told when the address is not valid. */
export class Feed {
  #settings;
  #position;
  #failures = 0;
  #refusals = 0;
  #etag = null;
  #asked = null;
  #again = false;
  #timer = null;
  #asking = null;

  constructor(settings, position) {
    this.#settings = settings;
    this.#position = position;
    this.onPicture = () => {};
    this.onRefused = () => {};
  }

  start() {
    const soon = () => this.now();
    addEventListener("online", soon);
    addEventListener("pageshow", soon);
    return this.now();
  }

  /** Ask at once; a question that is under way answers for both. */
  async now() {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.now(), this.#pause());
    });
    await this.#asking;
  }

  /** Ask anew, whatever is under way: where this browser stands has changed. */
  async fresh() {
    await this.#asking;
    await this.now();
  }

  #pause() {
    const usual = document.hidden ? OUT_OF_SIGHT : INTERVAL;
    if (this.#again) return 0;
    if (this.#refusals) return LONGEST;
    if (!this.#failures) return usual;
    const backOff = Math.min(LONGEST, INTERVAL * 2 ** Math.min(this.#failures, 10));
    return Math.max(usual, backOff * (0.75 + Math.random() / 2));
  }

  #query() {
    const query = new URLSearchParams(this.#position.at ?? {});
    if (this.#settings.minimum) query.set("min", this.#settings.minimum);
    return query.toString();
  }

  async #ask() {
    this.#again = false;
    const query = this.#query();
    const headers = { "X-Qiwi-Overlay": this.#settings.secret };
    if (this.#etag && query === this.#asked) headers["If-None-Match"] = this.#etag;
    try {
      const answer = await fetch(query ? `${DATA}?${query}` : DATA, {
        headers,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 403) {
        this.#failures = 0;
        this.#refusals += 1;
        this.#etag = null;
        this.onRefused();
        return;
      }
      if (answer.status !== 304) {
        if (answer.status !== 200) throw new Error(`The server said ${answer.status}`);
        const picture = await answer.json();
        this.#etag = answer.headers.get("ETag");
        this.#asked = query;
        this.#take(picture);
      }
      this.#failures = 0;
      this.#refusals = 0;
    } catch {
      // Away, restarting, or out of reach: the last picture stays.
      this.#failures += 1;
    }
  }

  #take(picture) {
    if (this.#position.at) {
      this.#position.advance(picture.position);
    } else if (this.#position.begin(picture.goal.id, this.#settings.minimum, picture.position)) {
      // These alerts are the ones since where the server would begin: ask for those since here.
      picture = { ...picture, alerts: [] };
      this.#again = true;
    }
    this.onPicture(picture);
  }
}
