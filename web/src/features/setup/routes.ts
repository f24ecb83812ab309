import { createRoute, redirect } from "@tanstack/react-router";
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

/** Where the API sends the browser that comes back from Dropbox (`dropally/server/routes`). */
const connected = createRoute({
  getParentRoute: () => plainRoute,
  path: "/connected",
  validateSearch: (given: Record<string, unknown>): { connection: string } => ({
    connection: typeof given.connection === "string" ? given.connection : "",
  }),
  beforeLoad: ({ search }) => {
    if (search.connection === "") {
      throw redirect({ to: "/" }); // nobody comes from Dropbox without one
    }
  },
  component: page("setup", () => import("@/features/setup/ConnectedPage"), "ConnectedPage"),
});

export const setupRoutes = [setup, connected] as const;
