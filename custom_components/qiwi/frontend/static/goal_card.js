/** The card of a donation goal: how far it has come, who helped most, and a new session. */

import { QiwiCard, fire, icon, make, sheet, strange } from "./element.js";
import { money, percent } from "./format.js";
import { pageText } from "./texts.js";
import { entityOf, findDevice, findWallets, numberOf } from "./wallets.js";

const STYLES = sheet(`
  ha-card { padding: 16px; display: flex; flex-direction: column; gap: 12px; }
  header { display: flex; gap: 12px; align-items: center; }
  header ha-icon { color: var(--qiwi-in); }
  h2 { flex: 1; min-width: 0; font-size: 16px; font-weight: 500; overflow-wrap: anywhere; }
  .share { font-size: 16px; font-weight: 500; font-variant-numeric: tabular-nums; }
  .raised { font-size: 24px; line-height: 32px; font-variant-numeric: tabular-nums; }
  .raised small { font-size: 14px; color: var(--qiwi-quiet); }
  .bar {
    height: 12px; border-radius: 6px; overflow: hidden;
    background: color-mix(in srgb, var(--qiwi-in) 18%, transparent);
  }
  .bar div { height: 100%; border-radius: 6px; background: var(--qiwi-in); transition: width 0.6s ease-out; }
  @media (prefers-reduced-motion: reduce) { .bar div { transition: none; } }
  .facts { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; color: var(--qiwi-quiet); }
  dl { display: grid; grid-template-columns: auto auto minmax(0, 1fr); gap: 4px 12px; margin: 0; align-items: baseline; }
  dt { color: var(--qiwi-quiet); }
  dd { margin: 0; overflow-wrap: anywhere; }
  dd.sum { font-weight: 500; font-variant-numeric: tabular-nums; white-space: nowrap; }
  .comment { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
  .actions { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; justify-content: flex-end; }
  .actions p { flex: 1 1 20ch; }
  .link { all: unset; cursor: pointer; border-radius: 4px; }
  .link:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
`);

export class GoalCard extends QiwiCard {
  static styles = [STYLES];
  #asks = false;

  static getStubConfig(hass) {
    return { device_id: findWallets(hass).flatMap((wallet) => wallet.goals)[0]?.id ?? "" };
  }

  static getConfigForm() {
    const goals = { integration: "qiwi", entity: [{ domain: "number", integration: "qiwi" }] };
    return {
      schema: [{ name: "device_id", required: true, selector: { device: goals } }],
      computeLabel: () => pageText("editor.goal"),
    };
  }

  getCardSize() {
    return 4;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  depends() {
    const goal = findDevice(this.hass, this.config.device_id);
    const entities = Object.values(goal?.entities ?? {}).flat();
    return [this.#asks, goal?.name, ...entities, ...entities.map((entity) => this.hass.states[entity])];
  }

  draw() {
    const goal = findDevice(this.hass, this.config.device_id);
    if (!goal) {
      return [this.nothing("goal", "mdi:flag-off-outline")];
    }
    return [
      this.#header(goal),
      this.#raised(goal),
      this.#bar(goal),
      this.#facts(goal),
      this.#donations(goal),
      this.#actions(goal),
    ];
  }

  #number(goal, key) {
    return numberOf(this.hass, entityOf(goal, key));
  }

  #money(goal, key) {
    const amount = this.#number(goal, key);
    return amount === undefined ? undefined : money(this.hass, amount, this.#currency(goal, key));
  }

  #currency(goal, key) {
    const units = [key, "raised", "target", "remaining"].map(
      (each) => this.hass.states[entityOf(goal, each)]?.attributes.unit_of_measurement,
    );
    return units.find(Boolean) ?? "";
  }

  #isReached(goal) {
    return this.hass.states[entityOf(goal, "reached")]?.state === "on";
  }

  #header(goal) {
    const entity = entityOf(goal, "raised") ?? entityOf(goal, "progress");
    const open = () => fire(this, "hass-more-info", { entityId: entity });
    const name = entity ? make("button", { class: "link", onclick: open }, strange(goal.name)) : strange(goal.name);
    const share = this.#number(goal, "progress");
    return make(
      "header",
      {},
      icon(this.#isReached(goal) ? "mdi:flag-checkered" : "mdi:flag-outline"),
      make("h2", {}, name),
      make("span", { class: "share" }, share === undefined ? "" : percent(this.hass, share)),
    );
  }

  #raised(goal) {
    const target = this.#money(goal, "target");
    const of = target && make("small", {}, ` ${this.text("goal.of", { target })}`);
    return make("div", { class: "raised" }, this.#money(goal, "raised") ?? "—", of);
  }

  #bar(goal) {
    const share = this.#number(goal, "progress") ?? 0;
    const label = this.text("goal.progress", {
      raised: this.#money(goal, "raised") ?? "—",
      target: this.#money(goal, "target") ?? "—",
      percent: percent(this.hass, share),
    });
    const full = Math.max(0, Math.min(share, 100));
    const told = { "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": full };
    return make("div", { class: "bar", role: "progressbar", ...told }, make("div", { style: `width: ${full}%` }));
  }

  #facts(goal) {
    const isLeft = this.#number(goal, "remaining") > 0;
    const left = isLeft ? this.text("goal.left", { amount: this.#money(goal, "remaining") }) : "";
    const count = this.#number(goal, "donations");
    return make(
      "div",
      { class: "facts" },
      make("span", {}, this.#isReached(goal) ? this.text("goal.reached") : left),
      count !== undefined && make("span", {}, this.text("goal.donations", { count })),
    );
  }

  #donations(goal) {
    const rows = ["top", "last"].flatMap((which) => {
      const key = `${which}_donation`;
      const sum = this.#money(goal, key);
      const comment = this.hass.states[entityOf(goal, key)]?.attributes.comment;
      return sum
        ? [
            make("dt", {}, this.text(`goal.${which}`)),
            make("dd", { class: "sum" }, sum),
            make("dd", {}, comment && strange(comment, "comment")),
          ]
        : [];
    });
    return rows.length ? make("dl", {}, rows) : null;
  }

  #actions(goal) {
    const button = entityOf(goal, "new_session");
    if (!button) {
      return null;
    }
    const ask = (asks) => () => {
      this.#asks = asks;
      this.refresh();
      this.shadowRoot.querySelector(".actions button").focus();
    };
    const begin = () => {
      ask(false)();
      this.hass.callService("button", "press", {}, { entity_id: button });
    };
    if (!this.#asks) {
      return make("div", { class: "actions" }, make("button", { onclick: ask(true) }, this.text("goal.new_session")));
    }
    return make(
      "div",
      { class: "actions", role: "group" },
      make("p", {}, this.text("goal.confirm.question")),
      make("button", { onclick: ask(false) }, this.text("goal.cancel")),
      make("button", { onclick: begin }, this.text("goal.confirm")),
    );
  }
}
