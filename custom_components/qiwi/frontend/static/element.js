/** What all cards share: when they draw, what they are made of, and how they look in every theme. */

import { text } from "./texts.js";
import { walletsKnown, watch } from "./wallets.js";

/** Make an element: texts become text and nothing else, whoever wrote them. */
export const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
};

/** Make an icon that says nothing a text beside it does not say. */
export const icon = (name) => make("ha-icon", { icon: name, "aria-hidden": "true" });

/** Make a text that a stranger wrote: its direction and its length stay its own. */
export const strange = (words, className) => make("bdi", { class: className, dir: "auto" }, words);

/** Make a stylesheet. */
export const sheet = (css) => {
  const style = new CSSStyleSheet();
  style.replaceSync(css);
  return style;
};

const SHARED = sheet(`
  :host {
    --qiwi-in: var(--success-color, #43a047);
    --qiwi-out: var(--warning-color, #ffa600);
    --qiwi-failed: var(--error-color, #db4437);
    --qiwi-quiet: var(--secondary-text-color, #727272);
    --qiwi-line: var(--divider-color, rgba(0, 0, 0, 0.12));
    display: block;
  }
  :host([hidden]) { display: none; }
  ha-card { height: 100%; box-sizing: border-box; overflow: hidden; }
  h2, h3, p, ul { margin: 0; padding: 0; font: inherit; }
  .title { padding: 16px 16px 4px; font-size: 20px; line-height: 28px; }
  .hidden {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  .empty {
    display: flex; flex-direction: column; align-items: center; gap: 8px; padding: 32px 24px; text-align: center;
  }
  .empty ha-icon { --mdc-icon-size: 40px; color: var(--qiwi-quiet); }
  .empty p { color: var(--qiwi-quiet); max-width: 36ch; }
  button, .button {
    border: none; border-radius: 18px; padding: 8px 16px; min-height: 36px; box-sizing: border-box; cursor: pointer;
    font: inherit; font-weight: 500; text-decoration: none; color: var(--primary-color);
    background: color-mix(in srgb, var(--primary-color) 12%, transparent);
  }
  button:hover, .button:hover { background: color-mix(in srgb, var(--primary-color) 20%, transparent); }
  :focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
`);

/** Tell Home Assistant's pages of something that was chosen. */
export const fire = (element, type, detail) =>
  element.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));

/** A card that draws itself anew when something it shows has changed, and not otherwise. */
export class QiwiCard extends HTMLElement {
  static styles = [];
  /** Whether it draws while it is not on the page: Home Assistant takes a hidden card off it. */
  static drawsAway = false;
  #hass;
  #drawn = [];
  #end;

  constructor() {
    super();
    this.card = make("ha-card");
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHARED, ...this.constructor.styles];
    root.append(this.card);
  }

  setConfig(config) {
    this.config = config;
    this.refresh();
  }

  get hass() {
    return this.#hass;
  }

  set hass(hass) {
    this.#hass = hass;
    this.#watch();
    this.refresh();
  }

  connectedCallback() {
    this.#watch();
    this.refresh();
  }

  disconnectedCallback() {
    this.#end?.();
    this.#end = undefined;
  }

  /** What is known of each wallet, or nothing before the first answer. */
  get known() {
    return walletsKnown(this.#hass);
  }

  text(key, placeholders) {
    return text(this.#hass, key, placeholders);
  }

  /** Draw if the config, the language or anything of `depends()` is another one than when it was drawn. */
  refresh() {
    if (!this.#hass || !this.config || !(this.isConnected || this.constructor.drawsAway)) {
      return;
    }
    const now = [this.config, this.#hass.language, this.#hass.locale, this.#hass.localize, ...this.depends()];
    if (now.length !== this.#drawn.length || now.some((each, index) => each !== this.#drawn[index])) {
      this.#drawn = now;
      const focused = this.shadowRoot.activeElement;
      this.card.replaceChildren(...this.draw().flat().filter(Boolean));
      // What was moved has lost it.
      focused?.focus({ preventScroll: true });
    }
  }

  /** Make what stands there while there is nothing to show: why, and what helps. */
  nothing(why, symbol, ...more) {
    return make(
      "div",
      { class: "empty" },
      icon(symbol),
      make("strong", {}, this.text(`empty.${why}`)),
      make("p", {}, this.text(`empty.${why}.help`)),
      more,
    );
  }

  /** Show or hide the whole card, and let the section know. */
  toggle(isShown) {
    if (this.hidden === isShown) {
      this.hidden = !isShown;
      fire(this, "card-visibility-changed", { value: isShown });
    }
  }

  #watch() {
    if (this.#hass && this.isConnected && !this.#end) {
      this.#end = watch(this.#hass, () => this.refresh());
    }
  }
}

/** Follow a link inside Home Assistant without loading the page anew. */
export const follow = (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) {
    return;
  }
  event.preventDefault();
  history.pushState(null, "", event.currentTarget.getAttribute("href"));
  window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
};
