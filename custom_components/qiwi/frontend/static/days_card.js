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
    content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-inline-end: 6px; background: var(--tone);
  }
  .received { --tone: var(--qiwi-in); }
  .spent { --tone: var(--qiwi-out); }
  svg { display: block; width: 100%; height: ${HEIGHT}px; direction: ltr; touch-action: pan-y; }
  rect { fill: var(--tone); }
  rect.day { fill: transparent; }
  g:hover rect.day, g.chosen rect.day { fill: color-mix(in srgb, var(--primary-text-color) 8%, transparent); }
  line { stroke: var(--qiwi-line); }
  .axis { display: flex; justify-content: space-between; color: var(--qiwi-quiet); font-size: 12px; }
`);

const draw = (tag, attributes, ...children) => {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
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
    return [JSON.stringify(this.#wallet())];
  }

  draw() {
    const wallet = this.#wallet();
    if (!wallet) {
      return [];
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
    return [
      this.config.title && make("h2", {}, this.config.title),
      legend,
      this.#chart(days, sums, tell),
      make("div", { class: "axis", "aria-hidden": "true" }, [days[0], days.at(-1)].map((day) => make("span", {}, this.#label(day, days)))),
      this.#table(days, wallet.currency),
    ];
  }

  #wallet() {
    const wallets = this.known ?? [];
    const wallet = wallets.find((each) => each.device_id === this.config.device_id) ?? (this.config.device_id ? undefined : wallets[0]);
    return wallet && { days: wallet.days, today: wallet.today, currency: wallet.currency };
  }

  #label(day, days) {
    return day === days.at(-1) ? dayName(this.hass, day.date) : shortDay(this.hass, day.date);
  }

  #legend({ received, spent, when }, currency) {
    return [
      make("div", { class: "received" }, make("span", {}, this.text("by_day.received")), make("strong", {}, money(this.hass, received, currency))),
      make("div", { class: "spent" }, make("span", {}, this.text("by_day.spent")), make("strong", {}, money(this.hass, spent, currency))),
      make("div", { class: "when" }, make("span", {}, when)),
    ];
  }

  #chart(days, sums, tell) {
    const most = (name) => Math.max(...days.map((day) => day[name]));
    const scale = HEIGHT / (most("received") + most("spent") || 1);
    const base = most("received") * scale || (most("spent") ? 0 : HEIGHT);
    const width = days.length * STEP;
    const bars = days.map((day, index) => this.#bar(day, index, { scale, base, tell }));
    const line = draw("line", { x1: 0, x2: width, y1: base, y2: base, "vector-effect": "non-scaling-stroke" });
    const chart = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars, line);
    chart.addEventListener("pointerleave", () => tell(sums));
    return chart;
  }

  #bar(day, index, { scale, base, tell }) {
    const rect = (name, y, height) => draw("rect", { class: name, x: index * STEP + 2, y, width: STEP - 4, height, rx: 2 });
    // A day with a payment is seen, however small beside the largest.
    const size = (amount) => (amount > 0 ? Math.max(amount * scale, 2) : 0);
    const bar = draw(
      "g",
      {},
      draw("rect", { class: "day", x: index * STEP, y: 0, width: STEP, height: HEIGHT }),
      rect("received", base - size(day.received), size(day.received)),
      rect("spent", base, size(day.spent)),
    );
    bar.addEventListener("pointerenter", () => tell({ ...day, when: dayName(this.hass, day.date) }));
    return bar;
  }

  #table(days, currency) {
    const heads = ["day", "received", "spent"].map((name) => make("th", { scope: "col" }, this.text(`by_day.${name}`)));
    const rows = days
      .filter((day) => day.received || day.spent)
      .map((day) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, dayName(this.hass, day.date)),
          make("td", {}, money(this.hass, day.received, currency)),
          make("td", {}, money(this.hass, day.spent, currency)),
        ),
      );
    const caption = make("caption", {}, this.text("by_day.caption"));
    return make("table", { class: "hidden" }, caption, make("thead", {}, make("tr", {}, heads)), make("tbody", {}, rows));
  }
}
