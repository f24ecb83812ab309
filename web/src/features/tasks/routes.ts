import { createRoute } from "@tanstack/react-router";
import { page } from "@/app/page";
import { shellRoute } from "@/app/roots";
import { entitySearch } from "@/features/tasks/entity-search";

const newTaskRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/tasks/new",
  component: page("tasks", () => import("@/features/tasks/NewTaskPage"), "NewTaskPage"),
});

const taskRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/tasks/$taskId",
  component: page("tasks", () => import("@/features/tasks/TaskFrame"), "TaskFrame"),
});

const entitiesRoute = createRoute({
  getParentRoute: () => taskRoute,
  path: "/",
  validateSearch: entitySearch,
  component: page("tasks", () => import("@/features/tasks/EntitiesTab"), "EntitiesTab"),
});

const settingsRoute = createRoute({
  getParentRoute: () => taskRoute,
  path: "/settings",
  component: page("tasks", () => import("@/features/tasks/SettingsTab"), "SettingsTab"),
});

const logRoute = createRoute({
  getParentRoute: () => taskRoute,
  path: "/log",
  component: page(["tasks", "activity"], () => import("@/features/tasks/LogTab"), "LogTab"),
});

export const tasksRoutes = [
  newTaskRoute,
  taskRoute.addChildren([entitiesRoute, settingsRoute, logRoute]),
] as const;
