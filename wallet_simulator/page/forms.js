// The two forms of the page: make a payment, make something go wrong.

import { language, one, problem, text } from "./words.js";

export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(answer.error), answer);
  }
  return answer;
}

function fill(select, values, prefix = null) {
  select.append(...values.map((value) => new Option(prefix ? text(`${prefix}.${value}`) : value, value)));
}

let suggestions = null;
function suggest() {
  const form = one("#pay");
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  form.elements.amount.value = any(suggestions.amounts);
  form.elements.comment.value = any(suggestions.comments[language]);
}

export function fillForms(choices) {
  if (suggestions) {
    return;
  }
  suggestions = choices;
  const pay = one("#pay").elements;
  fill(pay.currency, choices.currencies);
  fill(pay.to_currency, choices.currencies);
  pay.to_currency.value = "USD";
  fill(pay.kind, choices.kinds, "kind");
  fill(pay.status, ["SUCCESS", "WAITING", "ERROR"], "status");
  const fault = one("#fault").elements;
  fill(fault.kind, choices.faults, "kind_of_fault");
  fill(fault.endpoint, ["all", ...choices.endpoints.filter((name) => name !== "all")], "endpoint");
  suggest();
  showFaultFields();
}

const WORTH = { true: true, false: false };
function values(form) {
  const given = [...new FormData(form)].filter(([name, value]) =>
    value.trim() !== "" && !form.elements[name].closest("[hidden]"));
  return Object.fromEntries(given.map(([name, value]) => [name, WORTH[value] ?? value.trim()]));
}

function showError(form, error) {
  const line = one(".error", form);
  line.hidden = error === null;
  line.textContent = error ? problem(error) : "";
  for (const field of form.elements) {
    field.removeAttribute("aria-invalid");
  }
  const field = form.elements[error?.field];
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
}

async function send(form, path, after) {
  try {
    await call("POST", path, values(form));
    showError(form, null);
    after?.();
  } catch (error) {
    showError(form, error);
  }
}

function showFaultFields() {
  const form = one("#fault");
  const kind = form.elements.kind.value;
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(kind);
  }
  one("#fault-meaning").textContent = text(`meaning.${kind}`);
}

export function listen(refresh) {
  one("#pay").addEventListener("submit", async (event) => {
    event.preventDefault();
    await send(event.currentTarget, "/control/payments", suggest);
    await refresh();
  });
  one("#pay").elements.kind.addEventListener("change", (event) => {
    one("#conversion").hidden = event.currentTarget.value !== "conversion";
  });
  one("#fault").addEventListener("submit", async (event) => {
    event.preventDefault();
    await send(event.currentTarget, "/control/faults");
    await refresh();
  });
  one("#fault").elements.kind.addEventListener("change", showFaultFields);
  const press = (id, ...request) => one(id).addEventListener("click", () =>
    call(...request).catch(() => undefined).then(refresh));
  press("#clear", "DELETE", "/control/faults");
  press("#outage", "POST", "/control/outage", { seconds: 15 });
}
