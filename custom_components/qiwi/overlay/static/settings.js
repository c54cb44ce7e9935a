// What the address asks for: the query says how the overlay looks, the fragment holds the secret.

export const THEMES = ["glass", "neon", "minimal", "pixel", "paper", "broadcast"];
export const LANGUAGES = ["en", "ru"];
export const PARTS = ["bar", "milestones", "last", "alerts", "messages"];

const OFF = new Set(["0", "off", "false", "no"]);
const ON = new Set(["1", "on", "true", "yes", ""]);

const oneOf = (value, allowed) => (allowed.includes(value) ? value : allowed[0]);

function number(value, { least, most, otherwise }) {
  const read = value === null || value.trim() === "" ? NaN : Number(value);
  return Number.isFinite(read) ? Math.min(most, Math.max(least, read)) : otherwise;
}

/** Return the language a page is to speak: the one asked for, or else Home Assistant's. */
export const readLanguage = (location, pageLanguage) =>
  oneOf(new URLSearchParams(location.search).get("language") ?? pageLanguage, LANGUAGES);

/** Read an address; whatever it can't mean falls back to the default. */
export function readSettings(location, pageLanguage) {
  const query = new URLSearchParams(location.search);
  const accent = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(query.get("accent") ?? "");
  const minimum = /^\d{1,12}([.,]\d{1,2})?$/.exec(query.get("alert_min") ?? "");
  return {
    theme: oneOf(query.get("theme"), THEMES),
    accent: accent && `#${accent[1].toLowerCase()}`,
    show: Object.fromEntries(PARTS.map((part) => [part, !OFF.has(query.get(part) ?? "1")])),
    minimum: minimum ? minimum[0].replace(",", ".") : null,
    sound: query.has("sound") && ON.has(query.get("sound")),
    volume: number(query.get("volume"), { least: 0, most: 100, otherwise: 60 }) / 100,
    language: readLanguage(location, pageLanguage),
    position: oneOf(query.get("position"), ["bottom", "top"]),
    motion: !OFF.has(query.get("motion") ?? "1"),
    seconds: number(query.get("alert_seconds"), { least: 2, most: 30, otherwise: 6 }),
    preview: query.has("preview"),
    plays: query.get("preview") !== "still",
    secret: location.hash.slice(1),
  };
}
