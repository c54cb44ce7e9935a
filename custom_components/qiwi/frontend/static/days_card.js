/** The card of what came and went day by day; it asks no statistics, so today's bar is there with the first payment. */

import { QiwiCard, make, sheet } from "./element.js";
import { dayName, daysUpTo, money, shortDay } from "./format.js";

const DAYS = 30;
const MOST = 31;
const HEIGHT = 160;
const STEP = 12;
const SVG = "http://www.w3.org/2000/svg";

const STYLES = sheet(`
  ha-card { padding: 16px; display: flex; flex-direction: column; gap: 12px; }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: end; min-height: 44px; }
  .legend div { display: flex; flex-direction: column; }
  .legend .when { margin-inline-start: auto; text-align: end; }
  .legend span { color: var(--qiwi-quiet); font-size: 13px; }
  .legend strong { font-size: 18px; font-weight: 500; font-variant-numeric: tabular-nums; }
  .legend .received span::before, .legend .spent span::before {
    content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-inline-end: 6px;
    background: var(--tone);
  }
  .received { --tone: var(--qiwi-in); }
  .spent { --tone: var(--qiwi-out); }
  svg { display: block; width: 100%; height: ${HEIGHT}px; direction: ltr; touch-action: pan-y; }
  rect { fill: var(--tone); }
  rect.day { fill: transparent; }
  g.chosen rect.day { fill: color-mix(in srgb, var(--primary-text-color) 8%, transparent); }
  line { stroke: var(--qiwi-line); }
  .axis { display: flex; justify-content: space-between; color: var(--qiwi-quiet); font-size: 12px; }
`);

const set = (element, attributes) =>
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));

const draw = (tag, attributes, ...children) => {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
};

export class DaysCard extends QiwiCard {
  static styles = [STYLES];

  static getStubConfig() {
    return {};
  }

  getCardSize() {
    return 5;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  depends() {
    return [Boolean(this.known), JSON.stringify(this.#wallet())];
  }

  draw() {
    const wallet = this.#wallet();
    if (!wallet) {
      return this.known ? [this.nothing("hidden", "mdi:chart-bar")] : [];
    }
    const count = Math.min(this.config.days ?? DAYS, MOST);
    const told = new Map(wallet.days.map((day) => [day.date, day]));
    const days = daysUpTo(wallet.today, count).map((date) => told.get(date) ?? { date, received: 0, spent: 0 });
    const legend = make("div", { class: "legend" });
    const sums = {
      received: days.reduce((sum, day) => sum + day.received, 0),
      spent: days.reduce((sum, day) => sum + day.spent, 0),
      when: this.text("by_day.range", { days: count }),
    };
    const tell = (those) => legend.replaceChildren(...this.#legend(those, wallet.currency));
    tell(sums);
    const ends = [shortDay(this.hass, days[0].date), dayName(this.hass, wallet.today)];
    return [
      this.config.title && make("h2", {}, this.config.title),
      legend,
      this.#chart(days, wallet.currency, (day) => tell(day ? { ...day, when: dayName(this.hass, day.date) } : sums)),
      make("div", { class: "axis", "aria-hidden": "true" }, ends.map((end) => make("span", {}, end))),
      this.#table(days, wallet.currency),
    ];
  }

  #wallet() {
    const { device_id: chosen } = this.config;
    const wallet = this.known?.find((each) => !chosen || each.device_id === chosen);
    return wallet && { days: wallet.days, today: wallet.today, currency: wallet.currency };
  }

  #legend(those, currency) {
    const sum = (name) =>
      make(
        "div",
        { class: name },
        make("span", {}, this.text(`by_day.${name}`)),
        make("strong", {}, money(this.hass, those[name], currency)),
      );
    return [sum("received"), sum("spent"), make("div", { class: "when" }, make("span", {}, those.when))];
  }

  /** Make the bars; the pointer and the arrow keys choose a day, which `tell` tells of, or of all days without one. */
  #chart(days, currency, tell) {
    const most = (name) => Math.max(...days.map((day) => day[name]));
    const scale = HEIGHT / (most("received") + most("spent") || 1);
    const base = most("received") * scale || (most("spent") ? 0 : HEIGHT);
    const width = days.length * STEP;
    const bars = days.map((day, index) => makeBar(day, index, scale, base));
    const chart = draw(
      "svg",
      { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", role: "slider", tabindex: 0 },
      ...bars,
      draw("line", { x1: 0, x2: width, y1: base, y2: base, "vector-effect": "non-scaling-stroke" }),
    );
    const say = (index) => {
      const { date, received, spent } = days[index];
      const sums = { received: money(this.hass, received, currency), spent: money(this.hass, spent, currency) };
      return this.text("by_day.one", { day: dayName(this.hass, date), ...sums });
    };
    const choose = (index) => {
      bars.forEach((bar, each) => bar.classList.toggle("chosen", each === index));
      tell(days[index]);
      const now = index ?? days.length - 1;
      set(chart, { "aria-valuenow": now, "aria-valuetext": say(now) });
    };
    set(chart, { "aria-label": this.text("by_day.caption"), "aria-valuemin": 0, "aria-valuemax": days.length - 1 });
    choose();
    bars.forEach((bar, index) => bar.addEventListener("pointerenter", () => choose(index)));
    chart.addEventListener("pointerleave", () => choose());
    chart.addEventListener("blur", () => choose());
    chart.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, Home: -days.length, End: days.length }[event.key];
      if (move) {
        event.preventDefault();
        choose(Math.max(0, Math.min(Number(chart.getAttribute("aria-valuenow")) + move, days.length - 1)));
      }
    });
    return chart;
  }

  #table(days, currency) {
    const heads = ["day", "received", "spent"].map((name) => make("th", { scope: "col" }, this.text(`by_day.${name}`)));
    const cell = (amount) => make("td", {}, money(this.hass, amount, currency));
    const rows = days
      .filter((day) => day.received || day.spent)
      .map((day) =>
        make("tr", {}, make("th", { scope: "row" }, dayName(this.hass, day.date)), cell(day.received), cell(day.spent)),
      );
    return make(
      "table",
      { class: "hidden" },
      make("caption", {}, this.text("by_day.caption")),
      make("thead", {}, make("tr", {}, heads)),
      make("tbody", {}, rows),
    );
  }
}

const makeBar = (day, index, scale, base) => {
  const rect = (name, y, height) =>
    draw("rect", { class: name, x: index * STEP + 2, y, width: STEP - 4, height, rx: 2 });
  // A day with a payment is seen, however small beside the largest.
  const size = (amount) => (amount > 0 ? Math.max(amount * scale, 2) : 0);
  return draw(
    "g",
    {},
    draw("rect", { class: "day", x: index * STEP, y: 0, width: STEP, height: HEIGHT }),
    rect("received", base - size(day.received), size(day.received)),
    rect("spent", base, size(day.spent)),
  );
};
