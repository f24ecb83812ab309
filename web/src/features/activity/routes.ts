import { createRoute, redirect } from "@tanstack/react-router";
import { page } from "@/app/page";
import { shellRoute } from "@/app/roots";
import { readAuditSearch, readSystemSearch } from "@/features/activity/search";

const activityRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/activity",
  beforeLoad: () => {
    throw redirect({ to: "/activity/system" });
  },
});

const systemRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/activity/system",
  validateSearch: readSystemSearch,
  component: page("activity", () => import("@/features/activity/SystemPage"), "SystemPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/activity/audit",
  validateSearch: readAuditSearch,
  component: page("activity", () => import("@/features/activity/AuditPage"), "AuditPage"),
});

const erasuresRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/activity/erasures",
  component: page(
    ["erasure", "activity"],
    () => import("@/features/erasure/ErasuresPage"),
    "ErasuresPage",
  ),
});

export const activityRoutes = [activityRoute, systemRoute, auditRoute, erasuresRoute] as const;
