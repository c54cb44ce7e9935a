/** What Home Assistant's frontend loads: offers the cards and the dashboard, in the viewer's language. */

import { pageText } from "./texts.js";

const SUGGESTED = { payments: ["payment", "payments_today"], goal: ["raised", "progress", "target"] };

/** Name something for a dialog: its words are looked up when they are shown, for the language may be another by then. */
const named = (key, entry) =>
  Object.defineProperties(entry, {
    name: { enumerable: true, get: () => pageText(key) },
    description: { enumerable: true, get: () => pageText(`${key}.description`) },
  });

const card = (name) =>
  named(`card.${name}`, {
    type: `qiwi-${name}-card`,
    preview: name !== "problem",
    getEntitySuggestion: (hass, id) => {
      const entity = hass.entities[id];
      const fits = entity?.platform === "qiwi" && SUGGESTED[name]?.includes(entity.translation_key);
      return fits ? { config: { type: `custom:qiwi-${name}-card`, device_id: entity.device_id } } : null;
    },
  });

// A page that stayed open while the integration was updated keeps the elements of the version before.
if (!window.customStrategies?.some(({ type }) => type === "qiwi")) {
  (window.customCards ??= []).push(...["payments", "days", "goal", "problem"].map(card));
  (window.customStrategies ??= []).push(named("strategy", { type: "qiwi", strategyType: "dashboard" }));
  // The frontend puts a registry of its own in the browser's place; what was defined before is unknown to it.
  await customElements.whenDefined("home-assistant");
  await import("./elements.js");
}
