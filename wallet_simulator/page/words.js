// The page's language: its texts, amounts and dates. Text is only ever set as text.

const LANGUAGES = ["en", "ru"];
const LOCALES = { en: "en-GB", ru: "ru-RU" };

const wanted = [new URLSearchParams(location.search).get("lang"), ...navigator.languages]
  .map((name) => name?.toLowerCase().split("-")[0]);
export const language = wanted.find((name) => LANGUAGES.includes(name)) ?? "en";
const locale = LOCALES[language];
const texts = await (await fetch(`/control/translations/${language}.json`)).json();

export const one = (selector, within = document) => within.querySelector(selector);

export function text(name, values = {}) {
  return texts[name].replaceAll(/\{(\w+)\}/g, (_, key) =>
    typeof values[key] === "number" ? values[key].toLocaleString(locale) : values[key]);
}

export function problem(error) {
  const name = `problem.${error.problem}`;
  return name in texts ? text(name, error.values) : text("problem.other", { error: error.message });
}

export function amount(value) {
  return Number(value).toLocaleString(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export function money(value, currency) {
  return Number(value).toLocaleString(locale, { style: "currency", currency, minimumFractionDigits: 2 });
}

export function moment(written) {
  const date = new Date(written);
  if (date.toDateString() === new Date().toDateString()) {
    return date.toLocaleTimeString(locale);
  }
  return date.toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of root.querySelectorAll("[data-placeholder]")) {
    element.placeholder = text(element.dataset.placeholder);
  }
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
  }
}

document.documentElement.lang = language;
document.title = text("title");
translate();
translate(one("#payment-template").content);
one(`#languages a[lang=${language}]`).setAttribute("aria-current", "true");
document.body.hidden = false;
