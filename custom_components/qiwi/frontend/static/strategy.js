/** The dashboard: whatever wallets, goals and offers there are, laid out by Home Assistant's own sections. */

import { text } from "./texts.js";
import { entityOf, findNames, findWallets, signature, unitOf } from "./wallets.js";

const COLUMNS = 3;
const MONTH = 30;
// Beside a tall section stand two others.
const TALL = { row_span: 2 };
const WHOLE = { columns: 12 };
/** What a view may show, in its order. */
export const SECTIONS = ["balances", "sums", "payments", "goals", "offers", "by_day", "history", "feed"];

const entitiesOf = (device, keys) => keys.map((key) => entityOf(device, key)).filter(Boolean);

const titled = (title, cards) => (cards.length ? [title, ...cards] : []);

const isRecorded = (hass) => hass.config.components.includes("recorder");

/** Makes the cards of a wallet's view. */
class Cards {
  constructor(hass, wallet, names) {
    this.hass = hass;
    this.wallet = wallet;
    this.names = names;
  }

  heading(key, icon, placeholders) {
    return { type: "heading", heading: text(this.hass, key, placeholders), icon };
  }

  tile(entity, options = {}) {
    return { type: "tile", entity, name: this.names.get(entity), ...options };
  }

  /** The entities of the balances, that of the main currency first. */
  get #balances() {
    const main = unitOf(this.hass, entityOf(this.wallet, "received_today"));
    const isOther = (entity) => unitOf(this.hass, entity) !== main;
    return [...(this.wallet.entities.balance ?? [])].sort(
      (one, other) => isOther(one) - isOther(other) || one.localeCompare(other),
    );
  }

  balances() {
    const [main, ...others] = this.#balances;
    return titled(this.heading("balances", "mdi:wallet"), [
      ...(main ? [{ type: "entity", entity: main, name: this.names.get(main), grid_options: { ...WHOLE, rows: 2 } }] : []),
      ...others.map((entity) => this.tile(entity)),
    ]);
  }

  sums() {
    const rows = ["today", "this_month"].flatMap((span) => {
      const figures = [["received", "green"], ["spent", "orange"]].flatMap(([what, color]) => {
        const entity = entityOf(this.wallet, `${what}_${span}`);
        return entity ? [this.tile(entity, { name: text(this.hass, `by_day.${what}`), color })] : [];
      });
      return titled({ type: "heading", heading: text(this.hass, `sums.${span}`), heading_style: "subtitle" }, figures);
    });
    return titled(this.heading("sums", "mdi:swap-vertical"), rows);
  }

  payments() {
    const badges = entitiesOf(this.wallet, ["payments_today"]).map((entity) => ({
      type: "entity", entity, name: this.names.get(entity), show_icon: false, state_content: ["name", "state"],
    }));
    // The card on top needs the feed's entity: where that is disabled, this one tells of problems.
    const problem = !entityOf(this.wallet, "feed_problem");
    return [
      { ...this.heading("payments", "mdi:format-list-bulleted"), badges },
      { type: "custom:qiwi-payments-card", device_id: this.wallet.id, problem },
    ];
  }

  goals() {
    return titled(
      this.heading("goals", "mdi:flag-outline"),
      this.wallet.goals.map((goal) => ({ type: "custom:qiwi-goal-card", device_id: goal.id })),
    );
  }

  offers() {
    return titled(
      this.heading("offers", "mdi:email-fast-outline"),
      this.wallet.offers.flatMap((offer) => {
        const orders = offer.entities.orders ?? [];
        const figures = [...orders.filter((entity) => entity.startsWith("sensor.")), ...entitiesOf(offer, ["revenue"])];
        const lists = orders.filter((entity) => entity.startsWith("todo."));
        return [
          { type: "heading", heading: offer.name, heading_style: "subtitle" },
          ...figures.map((entity) => this.tile(entity)),
          ...lists.map((entity) => ({ type: "todo-list", entity, hide_completed: true, hide_create: true })),
        ];
      }),
    );
  }

  by_day() {
    return [this.heading("by_day", "mdi:chart-bar"), { type: "custom:qiwi-days-card", device_id: this.wallet.id }];
  }

  history() {
    const plots = (isRecorded(this.hass) ? this.#balances.slice(0, 1) : []).map((entity) => ({
      type: "statistics-graph",
      entities: [{ entity, name: this.names.get(entity) }],
      stat_types: ["state"],
      chart_type: "line",
      period: "hour",
      days_to_show: MONTH,
      hide_legend: true,
      grid_options: { ...WHOLE, rows: 4 },
    }));
    return titled(this.heading("history", "mdi:chart-line", { days: MONTH }), plots);
  }

  feed() {
    return titled(this.heading("feed", "mdi:lan-connect"), [
      ...entitiesOf(this.wallet, ["feed_problem", "blocked"]).map((entity) => this.tile(entity)),
      ...entitiesOf(this.wallet, ["token_expires"]).map((entity) => this.tile(entity, { grid_options: WHOLE })),
    ]);
  }
}

/**
 * Return the blocks that stand beside and below the payments, put together so that no hole is left between them,
 * whether there is room for two columns or three: one, or three. The first is next to the balances; with a single
 * goal or offer it has room for the state of the connection.
 */
const besidePayments = ({ goals, offers, days, history, feed }, isShort) => {
  const [first, ...others] = [goals, offers].filter((block) => block.length);
  if (!first) {
    return [[...days, ...history, ...feed]];
  }
  const [beside, below] = isShort ? [[...first, ...feed], history] : [first, [...history, ...feed]];
  return others.length ? [beside, ...others, [...days, ...below]] : [beside, days, below];
};

const viewOf = (hass, wallet, names, shown) => {
  const cards = new Cards(hass, wallet, names);
  const block = (...keys) => keys.filter((key) => shown.includes(key)).flatMap((key) => cards[key]());
  const section = (block, options = {}) => (block.length ? [{ type: "grid", cards: block, ...options }] : []);
  const blocks = {
    goals: block("goals"),
    offers: block("offers"),
    days: block("by_day"),
    history: block("history"),
    feed: block("feed"),
  };
  const beside = besidePayments(blocks, (wallet.goals.length || wallet.offers.length) === 1);
  return {
    title: wallet.name || text(hass, "title"),
    path: wallet.id,
    icon: "mdi:wallet",
    type: "sections",
    max_columns: COLUMNS,
    dense_section_placement: true,
    sections: [
      ...section([{ type: "custom:qiwi-problem-card" }], { column_span: COLUMNS }),
      ...section(block("balances", "sums")),
      ...section(block("payments"), TALL),
      ...beside.flatMap((each) => section(each, beside.length === 1 ? TALL : {})),
    ],
  };
};

const emptyView = (hass) => ({
  title: text(hass, "title"),
  icon: "mdi:wallet",
  type: "sections",
  max_columns: 1,
  sections: [{ type: "grid", cards: [{ type: "custom:qiwi-payments-card" }] }],
});

const viewsOf = async (hass, { wallets, sections }) => {
  const chosen = findWallets(hass).filter((wallet) => !wallets?.length || wallets.includes(wallet.id));
  if (!chosen.length) {
    return [emptyView(hass)];
  }
  const names = await findNames(hass);
  return chosen.map((wallet) => viewOf(hass, wallet, names, sections?.length ? sections : SECTIONS));
};

/** Whether other things are there than were, or another language is read. */
const isOther = (before, now) =>
  before.language !== now.language ||
  ((before.entities !== now.entities || before.devices !== now.devices) && signature(before) !== signature(now));

/** The dashboard strategy `custom:qiwi`: a view for each wallet. */
export class QiwiDashboardStrategy extends HTMLElement {
  static async generate(config, hass) {
    return { title: text(hass, "title"), views: await viewsOf(hass, config) };
  }

  static shouldRegenerate(config, before, now) {
    return isOther(before, now);
  }

  static getCreateSuggestions(hass) {
    return { title: text(hass, "title"), icon: "mdi:wallet" };
  }

  static getConfigElement() {
    return document.createElement("qiwi-strategy-editor");
  }
}

/** The view strategy `custom:qiwi`: the first of the wallets chosen, in a dashboard of one's own. */
export class QiwiViewStrategy extends HTMLElement {
  static async generate(config, hass) {
    const [{ type, max_columns, dense_section_placement, sections }] = await viewsOf(hass, config);
    return { type, max_columns, dense_section_placement, sections };
  }

  static shouldRegenerate(config, before, now) {
    return isOther(before, now);
  }
}
