/** The card that stands on top while payments are not arriving, and is not there while they are. */

import { QiwiCard, sheet } from "./element.js";
import { PROBLEM_STYLES, findProblems, makeProblem } from "./problems.js";
import { findWallets } from "./wallets.js";

export class ProblemCard extends QiwiCard {
  static drawsAway = true;
  static styles = [PROBLEM_STYLES, sheet("ha-card { container-type: inline-size; }")];

  static getStubConfig() {
    return {};
  }

  getCardSize() {
    return 1;
  }

  getGridOptions() {
    return { columns: "full", rows: "auto" };
  }

  depends() {
    return [JSON.stringify(findProblems(this.hass, this.known, this.config.device_id))];
  }

  draw() {
    const problems = findProblems(this.hass, this.known, this.config.device_id);
    const isNamed = findWallets(this.hass).length > 1;
    this.toggle(problems.length > 0);
    return problems.map((problem) => makeProblem(this.hass, problem, isNamed));
  }
}
