// Puts an address together from what a person chooses, and shows at once what it looks like.

import { PARTS, THEMES, readLanguage } from "./settings.js";
import { TEXTS } from "./studio_texts.js";

const OVERLAY = "/api/qiwi/overlay";
const SIZES = [
  [300, 160],
  [480, 320],
  [800, 320],
  [1280, 420],
  [1920, 1080],
];
const BACKGROUNDS = ["game", "light", "dark", "empty"];
const ACCENTS = ["#ff8c1a", "#ff3b4e", "#e85dff", "#7c6cff", "#2f9bff", "#00e5ff", "#2fd37a", "#ffd23f", "#ffffff"];
const DEFAULTS = { alert_min: "", alert_seconds: "6", volume: "60", position: "bottom" };
const ODD = "<b>https://example.com</b> \u202eme@example.com +7 900 000-00-00 😀😀😀😀😀😀😀😀😀😀 {{ states }}";

const find = (selector) => document.querySelector(selector);
const form = find("form");
const frame = find("iframe");
const address = find("#address");
const language = readLanguage(location, document.documentElement.lang);
const texts = TEXTS[language];

let size = SIZES[2];
let accent = null;
let secret = location.hash.slice(1);

/** Fill the page's texts and the choices that are lists. */
function furnish() {
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  document.title = texts.title;
  document.documentElement.lang = language;
  form.elements.language.value = language;
  THEMES.forEach((theme, index) => find(".themes").append(radio("theme", theme, index === 0)));
  for (const colour of ACCENTS) find(".accents").prepend(swatch(colour));
  find(".accents").prepend(swatch(null));
  for (const part of PARTS) find(".parts").append(toggle(part));
  choices("#sizes", SIZES, ([width, height]) => `${width} × ${height}`, (chosen) => {
    size = chosen;
    fit();
  }, 2);
  choices("#backgrounds", BACKGROUNDS, (name) => texts[`background_${name}`], (name) => {
    find(".scene").dataset.background = name;
  }, 0);
  for (const button of document.querySelectorAll("[data-donate]")) {
    button.addEventListener("click", () => donate(button.dataset.donate));
  }
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function radio(name, value, checked) {
  const swatch = element("span", { className: "swatch" });
  swatch.dataset.theme = value;
  const input = element("input", { type: "radio", name, value, checked });
  return element("label", { className: "theme" }, input, swatch, element("span", { textContent: texts[`theme_${value}`] }));
}

function swatch(colour) {
  const button = element("button", { type: "button", className: "accent", title: colour ?? texts.own_theme });
  button.dataset.colour = colour ?? "";
  if (colour) button.style.setProperty("--colour", colour);
  button.addEventListener("click", () => choose(colour));
  return button;
}

function toggle(part) {
  const input = element("input", { type: "checkbox", name: part, checked: true });
  return element("label", { className: "switch" }, input, element("span", { textContent: texts[`part_${part}`] }));
}

function choices(place, values, label, take, chosen) {
  const buttons = values.map((value, index) => {
    const button = element("button", { type: "button", textContent: label(value) });
    button.setAttribute("aria-pressed", index === chosen);
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-pressed", each === button);
      take(value);
    });
    return button;
  });
  find(place).append(...buttons);
}

function choose(colour) {
  accent = colour;
  if (colour) form.elements.accent.value = colour;
  change();
}

/** Return what the form says, without what is so anyway. */
function query() {
  const fields = form.elements;
  const chosen = new URLSearchParams({ theme: fields.theme.value, language: fields.language.value });
  if (accent) chosen.set("accent", accent.slice(1));
  for (const part of PARTS) if (!fields[part].checked) chosen.set(part, "0");
  for (const [name, usual] of Object.entries(DEFAULTS)) {
    if (name === "volume" && !fields.sound.checked) continue;
    const value = fields[name].value.trim();
    if (value !== usual) chosen.set(name, value);
  }
  if (fields.sound.checked) chosen.set("sound", "1");
  if (!fields.motion.checked) chosen.set("motion", "0");
  return chosen;
}

function change() {
  for (const button of document.querySelectorAll(".accent")) {
    button.setAttribute("aria-pressed", button.dataset.colour === (accent ?? ""));
  }
  const chosen = query();
  form.elements.volume.disabled = !form.elements.sound.checked;
  address.value = `${location.origin}${OVERLAY}?${chosen}#${secret || texts.secret}`;
  find("#copy").disabled = !secret;
  find("#hint").textContent = secret ? "" : texts.no_secret;
  chosen.set("preview", "still");
  // In place of the last one, so that "back" leaves the studio.
  frame.contentWindow.location.replace(`${OVERLAY}?${chosen}`);
}

/** Show the source in its true proportions, as large as there is room. */
function fit() {
  const [width, height] = size;
  const scene = find(".scene");
  const room = Math.min(scene.clientWidth / width, scene.clientHeight / height, 1);
  const box = find(".frame");
  box.style.inlineSize = `${width * room}px`;
  box.style.blockSize = `${height * room}px`;
  frame.style.inlineSize = `${width}px`;
  frame.style.blockSize = `${height}px`;
  frame.style.scale = room;
}

function donate(kind) {
  const made = {
    one: { donations: 1 },
    large: { donations: 1, amount: 5000, message: texts.large_message },
    many: { donations: 20, amount: 100 },
    odd: { donations: 1, amount: 1, message: ODD },
  };
  frame.contentWindow.postMessage(made[kind], location.origin);
}

async function copy() {
  address.select();
  try {
    await navigator.clipboard.writeText(address.value);
  } catch {
    document.execCommand("copy"); // the clipboard is for https alone
  }
  find("#hint").textContent = texts.copied;
}

furnish();
form.addEventListener("input", ({ target }) => {
  if (target.name === "accent") accent = target.value;
  change();
});
form.addEventListener("submit", (event) => event.preventDefault());
find("#copy").addEventListener("click", copy);
addEventListener("hashchange", () => {
  secret = location.hash.slice(1);
  change();
});
new ResizeObserver(fit).observe(find(".scene"));
change();
