import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/roots";

const taskRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/tasks/$taskId",
  component: lazyRouteComponent(() => import("@/features/tasks/TaskPage"), "TaskPage"),
});

export const tasksRoutes = [taskRoute] as const;
