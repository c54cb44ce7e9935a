/** The elements by their names. */

import { DaysCard } from "./days_card.js";
import { GoalCard } from "./goal_card.js";
import { PaymentsCard } from "./payments_card.js";
import { ProblemCard } from "./problem_card.js";
import { QiwiDashboardStrategy, QiwiViewStrategy } from "./strategy.js";
import { StrategyEditor } from "./strategy_editor.js";

const ELEMENTS = {
  "qiwi-days-card": DaysCard,
  "qiwi-goal-card": GoalCard,
  "qiwi-payments-card": PaymentsCard,
  "qiwi-problem-card": ProblemCard,
  "qiwi-strategy-editor": StrategyEditor,
  "ll-strategy-dashboard-qiwi": QiwiDashboardStrategy,
  "ll-strategy-view-qiwi": QiwiViewStrategy,
};

Object.entries(ELEMENTS).forEach(([name, element]) => customElements.define(name, element));
