/** The card of the latest payments, as people read them. */

import { QiwiCard, icon, make, sheet, strange, follow } from "./element.js";
import { dayAndTime, dayName, dayOf, money, timeOfDay } from "./format.js";
import { PROBLEM_STYLES, findProblems, makeProblem } from "./problems.js";
import { hasText, pageText } from "./texts.js";
import { findWallets } from "./wallets.js";

const MOST = 10;
const ADD = "/config/integrations/dashboard/add?domain=qiwi";
const ICONS = {
  bill: "mdi:receipt-text-outline",
  conversion: "mdi:swap-horizontal",
  other: "mdi:cash",
  purchase: "mdi:cart-outline",
  refund: "mdi:cash-refund",
  top_up: "mdi:wallet-plus-outline",
};
const MARKS = ["late", "possible_duplicate", "test"];
// Where the wallet names who was paid, that says more than the kind.
const NAMED = ["bill", "purchase", "top_up", "other"];

const STYLES = sheet(`
  ha-card { container-type: inline-size; }
  section + section { border-top: 1px solid var(--qiwi-line); }
  h3 { padding: 12px 16px 4px; color: var(--qiwi-quiet); font-size: 13px; font-weight: 500; }
  ul { list-style: none; padding-bottom: 4px; }
  summary {
    display: grid; grid-template-columns: 40px minmax(0, 1fr) auto; gap: 0 12px; align-items: center;
    padding: 8px 16px; cursor: pointer; list-style: none; border-radius: 8px;
  }
  summary::-webkit-details-marker { display: none; }
  summary:hover { background: color-mix(in srgb, var(--primary-text-color) 4%, transparent); }
  summary:focus-visible { outline-offset: -2px; }
  .icon {
    display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%;
    --tone: var(--qiwi-quiet); color: var(--tone); background: color-mix(in srgb, var(--tone) 14%, transparent);
  }
  .in .icon { --tone: var(--qiwi-in); }
  .pending .icon { --tone: var(--info-color, #039be5); }
  .failed .icon { --tone: var(--qiwi-failed); }
  .what { min-width: 0; line-height: 20px; }
  .name { font-weight: 500; overflow-wrap: anywhere; }
  .comment {
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; overflow-wrap: anywhere;
  }
  details[open] .comment { -webkit-line-clamp: unset; }
  .quiet { color: var(--qiwi-quiet); font-size: 13px; overflow-wrap: anywhere; }
  .amount { text-align: end; font-weight: 500; font-variant-numeric: tabular-nums; white-space: nowrap; }
  .in .amount { color: color-mix(in srgb, var(--qiwi-in) 75%, var(--primary-text-color)); }
  .pending .amount, .failed .amount { color: var(--qiwi-quiet); font-weight: 400; }
  .failed .amount { text-decoration: line-through; }
  .mark {
    display: inline-block; margin: 2px 6px 0 0; padding: 0 8px; border-radius: 10px; font-size: 12px; line-height: 20px;
    --tone: var(--qiwi-quiet); color: color-mix(in srgb, var(--tone) 75%, var(--primary-text-color));
    background: color-mix(in srgb, var(--tone) 16%, transparent);
  }
  .mark.failed { --tone: var(--qiwi-failed); }
  .mark.pending, .mark.test { --tone: var(--info-color, #039be5); }
  .mark.late, .mark.possible_duplicate { --tone: var(--qiwi-out); }
  dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0 16px 12px 68px; font-size: 13px; }
  dt { color: var(--qiwi-quiet); }
  dd { margin: 0; overflow-wrap: anywhere; user-select: text; }
  .help { grid-column: span 2; color: var(--qiwi-quiet); }
  .new { animation: appear 2.4s ease-out; }
  @keyframes appear { from { background: color-mix(in srgb, var(--qiwi-in) 24%, transparent); } }
  @media (prefers-reduced-motion: reduce) { .new { animation: none; } }
  @container (width < 340px) { dl { margin-inline-start: 16px; } }
`);

const iconOf = (payment) =>
  ICONS[payment.kind] ?? `mdi:account-arrow-${payment.direction === "in" ? "left" : "right"}-outline`;

// An id comes once in each type, and the record does not tell the type.
const keyOf = ({ device_id, transaction_id, direction, kind, amount, date }) =>
  [device_id, transaction_id, direction, kind, amount, date].join(" ");

export class PaymentsCard extends QiwiCard {
  static styles = [PROBLEM_STYLES, STYLES];
  #rows = new Map();
  #live = make("div", { class: "hidden", role: "status" });
  #isWatched = false;
  #told = { state: "", problems: [] };

  constructor() {
    super();
    this.shadowRoot.append(this.#live);
  }

  static getStubConfig() {
    return {};
  }

  static getConfigForm() {
    const wallets = { integration: "qiwi", entity: [{ domain: "event", integration: "qiwi" }] };
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        { name: "device_id", selector: { device: wallets } },
        { name: "rows", default: MOST, selector: { number: { min: 1, max: MOST, mode: "box" } } },
        { name: "comments", default: true, selector: { boolean: {} } },
      ],
      computeLabel: ({ name }) => pageText(`editor.${name === "device_id" ? "wallet" : name}`),
      computeHelper: ({ name }) => {
        const key = `editor.${name === "device_id" ? "wallet" : name}.help`;
        return hasText(key) ? pageText(key) : undefined;
      },
    };
  }

  getCardSize() {
    return Math.min(this.config?.rows ?? MOST, MOST) + 1;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  depends() {
    return [this.known, this.hass.devices, JSON.stringify(this.#found()), dayOf(this.hass, new Date())];
  }

  draw() {
    const payments = this.#payments();
    const days = new Map();
    for (const payment of payments) {
      const day = dayOf(this.hass, new Date(payment.date));
      days.set(day, [...(days.get(day) ?? []), payment]);
    }
    this.#announce(payments);
    const shown = new Set(payments.map(keyOf));
    this.#rows = new Map([...this.#rows].filter(([key]) => shown.has(key)));
    return [
      this.config.title && make("h2", { class: "title" }, this.config.title),
      this.#problems(),
      [...days].map(([day, those]) => this.#day(day, those)),
      this.known && !payments.length && this.#empty(),
    ];
  }

  #payments() {
    return (this.known ?? [])
      .filter((wallet) => !this.config.device_id || wallet.device_id === this.config.device_id)
      .flatMap((wallet) => wallet.payments.map((payment) => ({ ...payment, device_id: wallet.device_id })))
      .sort((one, other) => new Date(other.date) - new Date(one.date))
      .slice(0, Math.min(this.config.rows ?? MOST, MOST));
  }

  /** Return what tells of problems: what is there already, unless they changed, for it is read out when it appears. */
  #problems() {
    const isNamed = !this.config.device_id && findWallets(this.hass).length > 1;
    const problems = this.#found();
    const state = JSON.stringify([problems, this.hass.language, isNamed]);
    if (state !== this.#told.state) {
      this.#told = { state, problems: problems.map((problem) => makeProblem(this.hass, problem, isNamed)) };
    }
    return this.#told.problems;
  }

  #found() {
    return this.config.problem === false ? [] : findProblems(this.hass, this.known, this.config.device_id);
  }

  #empty() {
    const wallets = findWallets(this.hass).filter(({ id }) => !this.config.device_id || id === this.config.device_id);
    if (!wallets.length) {
      const add = make("a", { class: "button", href: ADD, onclick: follow }, this.text("empty.wallet.add"));
      return this.nothing("wallet", "mdi:wallet-outline", this.hass.user?.is_admin && add);
    }
    const isTold = this.known.some((each) => wallets.some(({ id }) => id === each.device_id));
    return isTold ? this.nothing("payments", "mdi:cash-clock") : this.nothing("hidden", "mdi:eye-off-outline");
  }

  #day(day, payments) {
    const name = dayName(this.hass, day);
    return make(
      "section",
      { "aria-label": this.text("payments.of", { day: name }) },
      make("h3", {}, name),
      make("ul", { role: "list" }, payments.map((payment) => this.#row(payment))),
    );
  }

  /** Return the row of a payment: the one that is there already, unless something of it has changed. */
  #row(payment) {
    const state = JSON.stringify([payment, this.hass.language, this.hass.locale, this.config.comments]);
    const known = this.#rows.get(keyOf(payment));
    if (known?.state === state) {
      return known.row;
    }
    const row = this.#makeRow(payment);
    row.querySelector("details").open = known?.row.querySelector("details").open ?? false;
    this.#rows.set(keyOf(payment), { state, row });
    return row;
  }

  #makeRow(payment) {
    const comment = this.config.comments === false ? null : payment.comment;
    return make(
      "li",
      { class: `${payment.direction} ${payment.status}` },
      make(
        "details",
        {},
        make(
          "summary",
          {},
          make("span", { class: "icon" }, icon(iconOf(payment))),
          make(
            "div",
            { class: "what" },
            make("div", { class: "name" }, this.#name(payment)),
            comment && strange(comment, "comment"),
            make("div", { class: "quiet" }, this.#where(payment)),
            this.#marks(payment).map((mark) => make("span", { class: `mark ${mark}` }, this.text(`mark.${mark}`))),
          ),
          this.#amount(payment),
        ),
        this.#details(payment),
      ),
    );
  }

  #name(payment) {
    const kind = this.text(`kind.${hasText(`kind.${payment.kind}`) ? payment.kind : "other"}`);
    return NAMED.includes(payment.kind) && payment.provider ? strange(payment.provider) : kind;
  }

  #where(payment) {
    const wallet = !this.config.device_id && this.known.length > 1 && this.hass.devices[payment.device_id];
    const parts = [
      timeOfDay(this.hass, new Date(payment.date)),
      payment.account,
      wallet && (wallet.name_by_user || wallet.name),
    ];
    return parts.filter(Boolean).join(" · ");
  }

  #marks(payment) {
    return [payment.status !== "success" && payment.status, ...MARKS.filter((mark) => payment[mark])].filter(Boolean);
  }

  #amount(payment) {
    const sign = payment.direction === "in" ? "+" : "−";
    return make(
      "div",
      { class: "amount" },
      make("span", { class: "hidden" }, this.text(`payment.${payment.direction}`)),
      `${sign}${money(this.hass, payment.amount, payment.currency)}`,
    );
  }

  #details(payment) {
    const sum = (amount) => (amount === null ? null : money(this.hass, amount, payment.currency));
    const facts = {
      date: dayAndTime(this.hass, new Date(payment.date)),
      provider: payment.provider,
      account: payment.account,
      email: this.config.comments === false ? null : payment.email,
      commission: payment.commission ? sum(payment.commission) : null,
      total: payment.commission ? sum(payment.total) : null,
      transaction: payment.transaction_id,
    };
    return make(
      "dl",
      {},
      this.#marks(payment)
        .filter((mark) => hasText(`mark.${mark}.help`))
        .map((mark) => make("div", { class: "help" }, this.text(`mark.${mark}.help`))),
      Object.entries(facts)
        .filter(([, value]) => value)
        .flatMap(([name, value]) => [make("dt", {}, this.text(`details.${name}`)), make("dd", {}, strange(value))]),
    );
  }

  /** Let a screen reader and the eye know of a payment that came while the card was looked at. */
  #announce(payments) {
    if (!this.known) {
      return;
    }
    const [newest] = payments;
    if (newest && this.#isWatched && !this.#rows.has(keyOf(newest))) {
      const direction = this.text(`payment.${newest.direction}`);
      const payment = this.text("payment", { direction, amount: money(this.hass, newest.amount, newest.currency) });
      this.#live.textContent = this.text("new_payment", { payment });
      const row = this.#row(newest);
      row.classList.add("new");
      // A row that is moved would play it again.
      row.addEventListener("animationend", () => row.classList.remove("new"), { once: true });
    }
    this.#isWatched = true;
  }
}
