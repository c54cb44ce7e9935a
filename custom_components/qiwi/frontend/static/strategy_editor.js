/** The editor of the dashboard: which wallets, and which sections. */

import { fire, make, sheet, strange } from "./element.js";
import { SECTIONS } from "./strategy.js";
import { text } from "./texts.js";
import { findWallets } from "./wallets.js";

const STYLES = sheet(`
  :host { display: block; padding: 8px 0; }
  fieldset { border: none; margin: 0 0 16px; padding: 0; }
  legend { padding: 0 0 4px; font-weight: 500; }
  label { display: flex; gap: 12px; align-items: center; min-height: 40px; cursor: pointer; }
  input { width: 18px; height: 18px; margin: 0; accent-color: var(--primary-color); }
`);

export class StrategyEditor extends HTMLElement {
  #hass;
  #config;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STYLES];
  }

  setConfig(config) {
    this.#config = config;
    this.#draw();
  }

  set hass(hass) {
    const isFirst = !this.#hass;
    this.#hass = hass;
    if (isFirst) {
      this.#draw();
    }
  }

  #draw() {
    if (!this.#hass || !this.#config) {
      return;
    }
    const wallets = findWallets(this.#hass).map(({ id, name }) => [id, strange(name)]);
    const sections = SECTIONS.map((name) => [name, text(this.#hass, `editor.section.${name}`)]);
    this.shadowRoot.replaceChildren(
      ...(wallets.length > 1 ? [this.#choice("wallets", wallets)] : []),
      this.#choice("sections", sections),
    );
  }

  /** Make boxes to tick; that all are ticked is not written down, so that what comes later is shown too. */
  #choice(field, options) {
    const all = options.map(([value]) => value);
    const chosen = new Set(this.#config[field]?.length ? this.#config[field] : all);
    const change = (value) => (event) => {
      event.target.checked ? chosen.add(value) : chosen.delete(value);
      const { [field]: _, ...rest } = this.#config;
      const isAll = all.every((each) => chosen.has(each)) || !chosen.size;
      this.#config = isAll ? rest : { ...rest, [field]: all.filter((each) => chosen.has(each)) };
      fire(this, "config-changed", { config: this.#config });
    };
    return make(
      "fieldset",
      {},
      make("legend", {}, text(this.#hass, `editor.${field}`)),
      options.map(([value, name]) =>
        make("label", {}, make("input", { type: "checkbox", checked: chosen.has(value), onchange: change(value) }), name),
      ),
    );
  }
}
