import { createRouter } from "@tanstack/react-router";
import { queryClient } from "@/api/query-client";
import { plainRoute, rootRoute, shellRoute } from "@/app/roots";
import { activityRoutes } from "@/features/activity/routes";
import { homeRoutes } from "@/features/home/routes";
import { jobsRoutes } from "@/features/jobs/routes";
import { downloadLinkRoutes, recoveryRoutes } from "@/features/recovery/routes";
import { sessionRoutes } from "@/features/session/routes";
import { settingsRoutes } from "@/features/settings/routes";
import { setupRoutes } from "@/features/setup/routes";
import { storageRoutes } from "@/features/storage/routes";
import { tasksRoutes } from "@/features/tasks/routes";
import { Loading } from "@/ui/Loading";

const routeTree = rootRoute.addChildren([
  shellRoute.addChildren([
    ...homeRoutes,
    ...tasksRoutes,
    ...recoveryRoutes,
    ...jobsRoutes,
    ...activityRoutes,
    ...storageRoutes,
    ...settingsRoutes,
  ]),
  plainRoute.addChildren([...sessionRoutes, ...setupRoutes, ...downloadLinkRoutes]),
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0, // TanStack Query decides what is fresh
  defaultPendingComponent: Loading,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
