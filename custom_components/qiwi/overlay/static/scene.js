// Draws a picture. Every word goes in as text: names and messages are written by strangers.

const COUNTING = 1_200;
const CONFETTI = 26;

const ease = (part) => 1 - (1 - part) ** 3;

function luminance(colour) {
  const channels = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16) / 255);
  const [red, green, blue] = channels.map((each) => (each <= 0.04 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const long = (colour) => (colour.length === 4 ? `#${[...colour.slice(1)].map((each) => each + each).join("")}` : colour);

/** The page's one scene. */
export class Scene {
  #settings;
  #speaker;
  #parts;
  #goal = null;
  #alert = null;
  #calm;
  #onAlert;

  constructor(root, settings, speaker, onAlert) {
    this.#settings = settings;
    this.#onAlert = onAlert;
    this.#speaker = speaker;
    const find = (selector) => root.querySelector(selector);
    this.#parts = {
      goal: find("#goal"),
      name: find("#goal .name"),
      percent: find("#goal .percent"),
      bar: find("#goal .bar"),
      fill: find("#goal .fill"),
      marks: find("#goal .marks"),
      raised: find("#goal .raised"),
      target: find("#goal .target"),
      next: find("#goal .next"),
      last: find("#goal .last"),
      notice: find("#notice"),
      alert: find("#alert"),
    };
    this.#calm = !settings.motion || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#dress(root.ownerDocument.documentElement);
  }

  #dress(page) {
    const { theme, accent, language, position, show } = this.#settings;
    page.lang = language;
    page.dataset.theme = theme;
    page.dataset.position = position;
    page.dataset.motion = this.#calm ? "off" : "on";
    for (const [part, shown] of Object.entries(show)) page.dataset[part] = shown ? "on" : "off";
    if (accent) {
      page.style.setProperty("--accent", accent);
      page.style.setProperty("--on-accent", luminance(long(accent)) > 0.2 ? "#14161c" : "#ffffff");
    }
  }

  /** Draw what the server says; the browser adds nothing up. */
  show(picture) {
    this.#drop(picture.hidden);
    this.#parts.notice.hidden = true;
    const { goal } = picture;
    const before = this.#goal;
    this.#goal = goal;
    const { text } = this.#speaker;
    const money = (amount) => this.#speaker.amount(amount, goal.currency);
    const parts = this.#parts;
    parts.goal.hidden = !(this.#settings.show.bar || this.#settings.show.last);
    parts.goal.classList.toggle("reached", goal.reached);
    parts.name.textContent = goal.name;
    parts.percent.textContent = this.#speaker.percent(goal.percent);
    parts.bar.setAttribute("aria-valuenow", Math.min(100, goal.percent));
    parts.bar.setAttribute("aria-label", goal.name);
    parts.fill.style.inlineSize = `${Math.min(100, goal.percent)}%`;
    parts.target.textContent = text.target(money(goal.target));
    this.#count(before?.currency === goal.currency ? before.raised : goal.raised, goal.raised, money);
    this.#mark(goal, money);
    const next = goal.milestones.find((each) => !each.reached);
    parts.next.hidden = !goal.reached && !next;
    parts.next.textContent = goal.reached ? text.reached : next ? text.next(money(next.amount)) : "";
    this.#last(goal, money);
  }

  #mark(goal, money) {
    const marks = goal.milestones.map((milestone) => {
      const mark = document.createElement("li");
      mark.style.insetInlineStart = `${milestone.percent}%`;
      mark.classList.toggle("reached", milestone.reached);
      mark.title = money(milestone.amount);
      return mark;
    });
    this.#parts.marks.replaceChildren(...marks);
  }

  #last(goal, money) {
    const { last } = this.#parts;
    last.hidden = !goal.last;
    if (!goal.last) return;
    last.querySelector(".label").textContent = this.#speaker.text.last;
    last.querySelector(".amount").textContent = money(goal.last.amount);
    last.querySelector(".message").textContent = (this.#settings.show.messages && goal.last.message) || "";
  }

  /** Let the sum run up to what it is now. */
  #count(from, to, money) {
    const { raised } = this.#parts;
    const end = () => {
      raised.textContent = money(to);
    };
    if (from === to || this.#calm) return end();
    const begun = performance.now();
    const step = (now) => {
      if (this.#goal.raised !== to) return;
      const part = Math.min(1, Math.max(0, (now - begun) / COUNTING));
      if (part === 1) return end();
      raised.textContent = money(Math.round(Number(from) + (Number(to) - Number(from)) * ease(part)));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  showAlert(alert) {
    const element = this.#parts.alert;
    const { text } = this.#speaker;
    this.#alert = alert;
    element.classList.remove("leaving");
    element.classList.toggle("burst", alert.count > 1);
    element.querySelector(".badge").hidden = !alert.test;
    element.querySelector(".badge").textContent = text.test;
    element.querySelector(".headline").textContent =
      alert.count > 1 ? this.#speaker.donations(alert.count) : text.donation;
    element.querySelector(".amount").textContent = this.#speaker.amount(alert.amount, alert.currency);
    this.#say(this.#settings.show.messages ? alert.message : null);
    element.hidden = false;
    if (!this.#calm) this.#celebrate(element);
    this.#onAlert(alert);
  }

  endAlert() {
    this.#alert = null;
    const element = this.#parts.alert;
    element.classList.add("leaving");
    const gone = () => {
      if (this.#alert) return;
      element.hidden = true;
      element.querySelectorAll(".confetti").forEach((each) => each.remove());
      this.#say(null);
    };
    setTimeout(gone, this.#calm ? 0 : 500);
  }

  #say(message) {
    const element = this.#parts.alert.querySelector(".message");
    element.hidden = !message;
    element.textContent = message ?? "";
  }

  /** Take the message off that a person hid while it was being shown. */
  #drop(hidden) {
    if (this.#alert && !this.#alert.test && this.#alert.position.seq <= hidden) this.#say(null);
  }

  #celebrate(element) {
    const pieces = Array.from({ length: CONFETTI }, (_, index) => {
      const piece = document.createElement("i");
      piece.className = "confetti";
      const angle = (index / CONFETTI) * 2 * Math.PI + Math.random();
      const way = 40 + Math.random() * 60;
      piece.style.setProperty("--dx", `${(Math.cos(angle) * way) / 5}rem`);
      piece.style.setProperty("--dy", `${(Math.sin(angle) * way) / 8 - 3}rem`);
      piece.style.setProperty("--turn", `${Math.random() * 720 - 360}deg`);
      piece.style.setProperty("--wait", `${Math.random() * 120}ms`);
      piece.dataset.tint = index % 4;
      return piece;
    });
    element.querySelectorAll(".confetti").forEach((each) => each.remove());
    element.append(...pieces);
  }

  /** Say why there is no picture, to whoever sets the source up. */
  notice(sentence) {
    this.#goal = null;
    this.#parts.goal.hidden = true;
    this.#parts.notice.textContent = sentence;
    this.#parts.notice.hidden = false;
  }
}
