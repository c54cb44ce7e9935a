// Made-up donations to a made-up goal, in the server's own form, for the preview and the studio.

const WORDS = {
  en: {
    name: "A new gaming PC",
    messages: [
      "For the new graphics card!",
      "Great stream, keep going",
      "Thanks for the lesson yesterday",
      "First time here and already a fan. Say hello to my brother, he has watched you since the very first stream",
      "GG WP",
      null,
    ],
  },
  ru: {
    name: "На новый компьютер",
    messages: [
      "На видеокарту!",
      "Отличный стрим, так держать",
      "Спасибо за вчерашний урок",
      "Впервые на стриме и уже в восторге. Передай привет брату, он смотрит тебя с самого первого эфира",
      "С днём рождения!",
      null,
    ],
  },
};
const SUMS = [300, 150, 500, 77.7, 1000, 250];
const TARGET = 50_000;
const MILESTONES = [15_000, 30_000, 45_000];
const NOWHERE = { seq: 0, nth: 0, sum: "0", test: 0 };
const EVERY = 9_000;
const FIRST = 1_200;
const TOGETHER = 4;
const MOST = 100;

const percent = (part) => Math.floor((part / TARGET) * 1_000) / 10;
const text = (kopecks) => (kopecks / 100).toFixed(2);

/** Stands in for the server. */
export class Preview {
  #words;
  #plays;
  #position;
  #raised = 23_450_00;
  #alerts = [];
  #made = 0;

  /** One that plays makes donations by itself; one that does not waits for the studio's. */
  constructor({ language, plays, position }) {
    this.#plays = plays;
    this.#words = WORDS[language];
    this.#position = position;
    this.onPicture = () => {};
    this.onRefused = () => {};
  }

  async start() {
    this.#position.begin("preview", null, NOWHERE);
    addEventListener("message", ({ origin, data }) => {
      if (origin === location.origin && Number.isSafeInteger(data?.donations)) this.#donate(data);
    });
    await this.now();
    const play = () => {
      this.#donate({ donations: 1 });
      setTimeout(play, EVERY);
    };
    if (this.#plays) setTimeout(play, FIRST);
  }

  #donate({ donations, amount, message }) {
    // So that it can go on for ever.
    if (this.#raised >= TARGET * 100) this.#raised = 0;
    for (let number = 0; number < Math.min(donations, MOST); number += 1) this.#add(amount, message);
    this.now();
  }

  #add(amount = SUMS[this.#made % SUMS.length], message = undefined) {
    const messages = this.#words.messages;
    const said = message === undefined ? messages[this.#made % messages.length] : message;
    this.#made += 1;
    this.#raised += Math.round(amount * 100);
    const position = { ...NOWHERE, seq: this.#made };
    const alert = { position, count: 1, amount: String(amount), currency: "RUB", message: said, test: false };
    this.#alerts = [...this.#alerts, alert].slice(-MOST);
  }

  async now() {
    this.onPicture(this.#picture());
  }

  async fresh() {
    await this.now();
  }

  #picture() {
    const last = this.#alerts.at(-1);
    return {
      version: document.querySelector("meta[name=version]").content,
      position: this.#position.at,
      hidden: 0,
      goal: {
        id: "preview",
        name: this.#words.name,
        currency: "RUB",
        raised: text(this.#raised),
        target: String(TARGET),
        percent: percent(this.#raised / 100),
        reached: this.#raised >= TARGET * 100,
        milestones: MILESTONES.map((amount) => ({
          amount: String(amount),
          percent: percent(amount),
          reached: this.#raised >= amount * 100,
        })),
        last: last ?? { amount: "150", message: this.#words.messages[1] },
      },
      alerts: this.#pending(),
    };
  }

  #pending() {
    const pending = this.#alerts.filter((alert) => this.#position.isAhead(alert));
    if (pending.length <= TOGETHER) return pending;
    const kopecks = pending.reduce((sum, alert) => sum + Math.round(Number(alert.amount) * 100), 0);
    return [{ ...pending.at(-1), count: pending.length, amount: text(kopecks), message: null }];
  }
}
