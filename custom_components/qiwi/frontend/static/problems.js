/** Why payments of a wallet are not arriving, and what to do. */

import { icon, make, follow, sheet, strange } from "./element.js";
import { soon } from "./format.js";
import { hasText, text } from "./texts.js";
import { entityOf, findWallets } from "./wallets.js";

const INTEGRATION = "/config/integrations/integration/qiwi";
const REASONS = "component.qiwi.entity.binary_sensor.feed_problem.state_attributes.reason.state";

/** How a problem looks. */
export const PROBLEM_STYLES = sheet(`
  .problem {
    display: grid; grid-template-columns: auto 1fr auto; gap: 4px 12px; align-items: center; padding: 12px 16px;
    --tone: var(--error-color, #db4437);
    background: color-mix(in srgb, var(--tone) 12%, transparent);
  }
  .problem.passing { --tone: var(--info-color, #039be5); }
  .problem + .problem { border-top: 1px solid var(--qiwi-line); }
  .problem > ha-icon { color: var(--tone); grid-row: span 2; }
  .problem .reason { font-weight: 500; overflow-wrap: anywhere; }
  .problem .remedy { grid-column: 2; color: var(--qiwi-quiet); }
  .problem .button { grid-column: 3; grid-row: 1 / span 2; }
  @container (width < 420px) { .problem .button { grid-column: 2; grid-row: 3; justify-self: start; } }
`);

/**
 * Return the problems of the wallet chosen, or of all: `{id, name, reason, until}`.
 *
 * The feed's entity tells of them; where it is disabled or hidden, what is known of the wallet does.
 */
export const findProblems = (hass, known, chosen) =>
  findWallets(hass)
    .filter((wallet) => !chosen || chosen === wallet.id)
    .map((wallet) => ({ id: wallet.id, name: wallet.name, ...problemOf(hass, wallet, known) }))
    .filter((problem) => problem.reason);

const problemOf = (hass, wallet, known) => {
  const feed = hass.states[entityOf(wallet, "feed_problem")];
  if (!feed) {
    const told = known?.find((each) => each.device_id === wallet.id);
    return { reason: told?.problem, until: told?.paused_until };
  }
  if (feed.state === "unavailable") {
    return { reason: "not_loaded" };
  }
  const { reason, paused_until: until } = feed.attributes;
  return feed.state === "on" ? { reason: reason ?? "other", until } : {};
};

const words = (hass, { reason, until }) => {
  if (reason === "not_loaded") {
    return [text(hass, "problem.not_loaded"), text(hass, "problem.not_loaded.help")];
  }
  const told = hass.localize(`${REASONS}.${reason}`) || text(hass, "problem.other");
  const remedies = [
    hasText(`problem.${reason}`) && text(hass, `problem.${reason}`),
    until && text(hass, "problem.until", { time: soon(hass, new Date(until)) }),
  ];
  return [told, remedies.filter(Boolean).join(" ")];
};

/** Make what tells of a problem; the wallet's name stands there when there are several. */
export const makeProblem = (hass, problem, isNamed) => {
  const [told, remedy] = words(hass, problem);
  const isPassing = problem.reason === "catching_up";
  return make(
    "div",
    { class: isPassing ? "problem passing" : "problem", role: isPassing ? "status" : "alert" },
    icon(isPassing ? "mdi:timer-sand" : "mdi:alert-circle-outline"),
    make("div", { class: "reason" }, isNamed ? [strange(problem.name), ": "] : [], told),
    make("div", { class: "remedy" }, remedy),
    hass.user?.is_admin &&
      make("a", { class: "button", href: INTEGRATION, onclick: follow }, text(hass, "open_integration")),
  );
};
