// The control page: shows the wallet's state and sends what the forms say. Text is only ever set as text.

const INTERVAL = 1000;
const MEANINGS = {
  status: "Answers with this status and the wallet's error body.",
  html: "Answers 200 with a web page.",
  not_json: "Answers 200 with something that is not JSON.",
  empty: "Answers 200 with an empty body.",
  close: "Closes the connection without an answer.",
  reset: "Resets the connection.",
  timeout: "Doesn't answer until cleared, or for the seconds given.",
  slow: "Answers drop by drop.",
  cut_off: "Closes the connection in the middle of the answer.",
  truncated: "Sends half of the answer as if it were all.",
  wrong_types: "Sends values of wrong types.",
  huge: "Sends an answer of more than 2 MiB.",
  redirect: "Redirects to another address.",
  paging_loop: "Gives each page a cursor that leads to itself.",
  duplicate_rows: "Sends each row twice.",
  reordered_rows: "Sends a page's rows oldest first.",
  no_date: "Leaves out the Date header.",
  wrong_date: "Sends a wrong Date header.",
};

const one = (selector, within = document) => within.querySelector(selector);
const words = (name) => name.replaceAll("_", " ");
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(answer.error), { field: answer.field });
  }
  return answer;
}

function item(left, right, className = "") {
  const entry = document.createElement("li");
  const [first, second] = [document.createElement("span"), document.createElement("span")];
  first.textContent = left;
  second.textContent = right;
  second.className = className;
  entry.append(first, second);
  return entry;
}

function money(amount, currency) {
  const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${Number(amount).toLocaleString("en", options)} ${currency}`;
}

function moment(text) {
  const date = new Date(text);
  const sameDay = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString("en-GB");
  return sameDay ? time : `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time.slice(0, 5)}`;
}

// Lists are redrawn only when they changed: a button must not vanish under the pointer.
const drawn = new Map();
function redraw(id, data, entries) {
  const text = JSON.stringify(data);
  if (drawn.get(id) !== text) {
    drawn.set(id, text);
    one(`#${id}`).replaceChildren(...entries(data));
  }
}

function paymentRow(payment) {
  const row = one("#payment-template").content.firstElementChild.cloneNode(true);
  const incoming = payment.type === "IN";
  one(".kind", row).textContent = capital(words(payment.kind));
  one(".comment", row).textContent = payment.comment ?? "";
  one(".amount", row).textContent = `${incoming ? "+" : "−"}${money(payment.amount, payment.currency)}`;
  one(".amount", row).classList.toggle("in", incoming && payment.status === "SUCCESS");
  one("time", row).dateTime = payment.date;
  one("time", row).textContent = moment(payment.date);
  one(".id", row).textContent = payment.transaction_id;
  one(".badge", row).textContent = { WAITING: "waiting", SUCCESS: "success", ERROR: "failed" }[payment.status];
  one(".badge", row).classList.add(payment.status);
  one(".buttons", row).hidden = payment.status !== "WAITING";
  const settle = (status) => () =>
    call("POST", `/control/payments/${payment.transaction_id}/settle`, { status, type: payment.type })
      .catch(() => undefined).then(refresh);
  one(".settle", row).addEventListener("click", settle("SUCCESS"));
  one(".fail", row).addEventListener("click", settle("ERROR"));
  return row;
}

function faultRow(fault) {
  const what = `${capital(words(fault.kind))}${fault.status ? ` ${fault.status}` : ""} · ${fault.endpoint}`;
  const left = fault.remaining === null ? "until cleared" : `${fault.remaining} more`;
  return item(what, `${fault.struck} so far, ${left}`);
}

function fill(select, values, label = (value) => value) {
  if (select.options.length === 0) {
    select.append(...values.map((value) => new Option(label(value), value)));
  }
}

let suggestions = null;
function suggest() {
  const form = one("#pay");
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  form.elements.amount.value = any(suggestions.amounts);
  form.elements.comment.value = any(suggestions.comments);
}

function fillForms(choices) {
  if (suggestions) {
    return;
  }
  suggestions = choices;
  const pay = one("#pay").elements;
  fill(pay.currency, choices.currencies);
  fill(pay.to_currency, choices.currencies);
  pay.to_currency.value = "USD";
  fill(pay.kind, choices.kinds, (kind) => capital(words(kind)));
  fill(pay.status, ["SUCCESS", "WAITING", "ERROR"], (status) =>
    ({ WAITING: "Waiting", SUCCESS: "Success", ERROR: "Failed" })[status]);
  const fault = one("#fault").elements;
  fill(fault.kind, choices.faults, (kind) => capital(words(kind)));
  fill(fault.endpoint, ["all", ...choices.endpoints.filter((name) => name !== "all")], capital);
  suggest();
  showFaultFields();
}

function show(state) {
  fillForms(state.choices);
  one("#url").textContent = state.url;
  one("#token").textContent = state.tokens[0]?.token ?? "none";
  one("#wallet").textContent = state.wallet + (state.blocked ? " (blocked)" : "");
  redraw("balances", state.balances, (balances) => balances.map(({ currency, amount }) => {
    const entry = document.createElement("li");
    const [value, name] = [document.createElement("b"), document.createElement("span")];
    value.textContent = Number(amount).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    name.textContent = currency;
    entry.append(value, name);
    return entry;
  }));
  one("#payment-count").textContent = state.payment_count === 0 ? "none yet"
    : `${state.payments.length} of ${state.payment_count}`;
  one("#more").hidden = state.payments.length <= 10 || one("#payments").classList.contains("all");
  redraw("payments", state.payments, (payments) => payments.map(paymentRow));
  redraw("faults", state.faults, (faults) => faults.map(faultRow));
  one("#request-count").textContent = `${state.requests} so far`;
  one("#rate-limit").hidden = !state.rate_limited;
  redraw("requests-by-endpoint", state.requests_by_endpoint, (counts) =>
    Object.entries(counts).map(([endpoint, count]) => item(capital(endpoint), count)));
  one("#last-title").hidden = state.requests === 0;
  redraw("last-requests", state.last_requests, (requests) =>
    requests.map(({ endpoint, status }) => item(capital(endpoint), status || "no answer", status === 200 ? "" : "bad")));
}

async function refresh() {
  const line = one("#connection");
  try {
    show(await call("GET", "/control/state"));
    line.textContent = "Running";
    line.classList.remove("lost");
  } catch {
    line.textContent = "No connection to the simulator; trying again";
    line.classList.add("lost");
  }
}

function values(form) {
  const given = [...new FormData(form)].filter(([name, value]) => value.trim() !== "" && !form.elements[name].closest("[hidden]"));
  return Object.fromEntries(given.map(([name, value]) => [name, value.trim()]));
}

function showError(form, error) {
  const line = one(".error", form);
  line.hidden = error === null;
  line.textContent = error?.message ?? "";
  for (const field of form.elements) {
    field.removeAttribute("aria-invalid");
  }
  form.elements[error?.field]?.setAttribute("aria-invalid", "true");
}

async function send(form, path, after) {
  try {
    await call("POST", path, values(form));
    showError(form, null);
    after?.();
  } catch (error) {
    showError(form, error);
  }
  await refresh();
}

function showFaultFields() {
  const form = one("#fault");
  const kind = form.elements.kind.value;
  for (const label of form.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(kind);
  }
  one("#fault-meaning").textContent = MEANINGS[kind] ?? "";
}

one("#pay").addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.currentTarget, "/control/payments", suggest);
});
one("#pay").elements.kind.addEventListener("change", (event) => {
  one("#conversion").hidden = event.currentTarget.value !== "conversion";
});
one("#fault").addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.currentTarget, "/control/faults");
});
one("#fault").elements.kind.addEventListener("change", showFaultFields);
one("#more").addEventListener("click", (event) => {
  one("#payments").classList.add("all");
  event.currentTarget.hidden = true;
});
one("#clear").addEventListener("click", () => call("DELETE", "/control/faults").catch(() => undefined).then(refresh));
one("#outage").addEventListener("click", () => call("POST", "/control/outage", { seconds: 15 }).catch(() => undefined).then(refresh));
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(one(`#${button.dataset.copy}`).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

async function watch() {
  if (!document.hidden) {
    await refresh();
  }
  setTimeout(watch, INTERVAL);
}
watch();
