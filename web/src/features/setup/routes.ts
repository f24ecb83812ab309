import { createRoute } from "@tanstack/react-router";
import { page } from "@/app/page";
import { plainRoute } from "@/app/roots";
import { isStep, type Step } from "@/features/setup/steps";

export interface SetupSearch {
  /** The step to show, if it can be done already; else the first open one. */
  step?: Step;
  /** Before anybody has set the appliance up: become a new one, or the one that was lost. */
  way?: "new" | "recover";
}

function setupSearch(given: Record<string, unknown>): SetupSearch {
  const found: SetupSearch = {};
  if (isStep(given.step)) {
    found.step = given.step;
  }
  if (given.way === "new" || given.way === "recover") {
    found.way = given.way;
  }
  return found;
}

const setup = createRoute({
  getParentRoute: () => plainRoute,
  path: "/setup",
  validateSearch: setupSearch,
  component: page(
    ["setup", "settings", "storage"],
    () => import("@/features/setup/SetupPage"),
    "SetupPage",
  ),
});

export const setupRoutes = [setup] as const;
