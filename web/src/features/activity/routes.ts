import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";

const activityRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/activity",
  component: lazyRouteComponent(() => import("@/features/activity/ActivityPage"), "ActivityPage"),
});

export const activityRoutes = [activityRoute] as const;
