import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  validateSearch: (given: Record<string, unknown>): { q?: string } =>
    typeof given.q === "string" && given.q !== "" ? { q: given.q } : {},
  component: lazyRouteComponent(() => import("@/features/home/HomePage"), "HomePage"),
});

export const homeRoutes = [homeRoute] as const;
