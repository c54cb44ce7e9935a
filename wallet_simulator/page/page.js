// The control page: shows the wallet's state as it changes.

import { call, fillForms, listen } from "./forms.js";
import { amount, moment, money, one, text } from "./words.js";

const INTERVAL = 1000;
const AT_FIRST = 10;

function item(left, right, className = "") {
  const entry = document.createElement("li");
  const [first, second] = [document.createElement("span"), document.createElement("span")];
  first.textContent = left;
  second.textContent = right;
  second.className = className;
  entry.append(first, second);
  return entry;
}

// Lists are redrawn only when they changed: a button must not vanish under the pointer.
const drawn = new Map();
function redraw(id, data, entries) {
  const written = JSON.stringify(data);
  if (drawn.get(id) !== written) {
    drawn.set(id, written);
    one(`#${id}`).replaceChildren(...entries(data));
  }
}

function paymentRow(payment) {
  const row = one("#payment-template").content.firstElementChild.cloneNode(true);
  const incoming = payment.type === "IN";
  one(".kind", row).textContent = text(`kind.${payment.kind}`);
  one(".comment", row).textContent = payment.comment ?? "";
  one(".amount", row).textContent = `${incoming ? "+" : "−"}${money(payment.amount, payment.currency)}`;
  one(".amount", row).classList.toggle("in", incoming && payment.status === "SUCCESS");
  one("time", row).dateTime = payment.date;
  one("time", row).textContent = moment(payment.date);
  one(".id", row).textContent = payment.transaction_id;
  one(".badge", row).textContent = text(`status.${payment.status}`);
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
  const what = `${text(`kind_of_fault.${fault.kind}`)}${fault.status ? ` ${fault.status}` : ""}`;
  const left = fault.remaining === null ? text("fault.until_cleared") : text("fault.left", { count: fault.remaining });
  return item(`${what} · ${text(`endpoint.${fault.endpoint}`)}`, text("fault.struck", { struck: fault.struck, left }));
}

function balanceRow({ currency, amount: value }) {
  const entry = document.createElement("li");
  const [number, name] = [document.createElement("b"), document.createElement("span")];
  number.textContent = amount(value);
  name.textContent = currency;
  entry.append(number, name);
  return entry;
}

function requestRow({ endpoint, status }) {
  return item(text(`endpoint.${endpoint}`), status || text("requests.no_answer"), status === 200 ? "" : "bad");
}

function showPayments({ payments, payment_count: all }) {
  one("#no-payments").hidden = all > 0;
  one("#payment-count").textContent = all === 0 ? "" : text("payments.count", { shown: payments.length, all });
  one("#more").hidden = payments.length <= AT_FIRST || one("#payments").classList.contains("all");
  redraw("payments", payments, (rows) => rows.map(paymentRow));
}

function showRequests(state) {
  one("#request-count").textContent = text("requests.count", { count: state.requests });
  one("#rate-limit").hidden = !state.rate_limited;
  redraw("requests-by-endpoint", state.requests_by_endpoint, (counts) =>
    Object.entries(counts).map(([endpoint, count]) => item(text(`endpoint.${endpoint}`), count)));
  one("#last-title").hidden = state.requests === 0;
  redraw("last-requests", state.last_requests, (requests) => requests.map(requestRow));
}

function show(state) {
  fillForms(state.choices);
  one("#url").textContent = state.url;
  one("#token").textContent = state.tokens[0]?.token ?? text("connect.no_token");
  one("#wallet").textContent = state.wallet + (state.blocked ? ` (${text("connect.blocked")})` : "");
  redraw("balances", state.balances, (balances) => balances.map(balanceRow));
  showPayments(state);
  redraw("faults", state.faults, (faults) => faults.map(faultRow));
  showRequests(state);
}

async function refresh() {
  const line = one("#connection");
  let state = null;
  try {
    state = await call("GET", "/control/state");
  } catch {
    // Told below.
  }
  line.textContent = text(state ? "running" : "lost");
  line.classList.toggle("lost", !state);
  if (state) {
    show(state);
  }
}

one("#more").addEventListener("click", (event) => {
  one("#payments").classList.add("all");
  event.currentTarget.hidden = true;
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(one(`#${button.dataset.copy}`).textContent);
    button.textContent = text("connect.copied");
    setTimeout(() => { button.textContent = text("connect.copy"); }, 1500);
  });
}
listen(refresh);

async function watch() {
  if (!document.hidden) {
    await refresh();
  }
  setTimeout(watch, INTERVAL);
}
watch();
