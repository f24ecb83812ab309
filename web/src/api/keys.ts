/**
 * The first word of every query key. An event invalidates whole words, so a query that shows jobs
 * begins with `keys.jobs`, whatever follows: `[keys.jobs, "list", filter]`.
 */
export const keys = {
  activity: "activity",
  appliance: "appliance",
  audit: "audit",
  connections: "connections",
  downloads: "downloads",
  entities: "entities",
  jobs: "jobs",
  mails: "mails",
  me: "me",
  organisation: "organisation",
  points: "points",
  selections: "selections",
  session: "session",
  settings: "settings",
  setup: "setup",
  storages: "storages",
  tasks: "tasks",
  trees: "trees",
  users: "users",
} as const;

export type Key = (typeof keys)[keyof typeof keys];

/** Which queries are out of date after an event. */
export const keysOfEvent: Readonly<Record<string, readonly Key[]>> = {
  job_changed: [keys.jobs],
  job_finished: [
    keys.jobs,
    keys.tasks,
    keys.entities,
    keys.points,
    keys.activity,
    keys.downloads,
    keys.storages,
  ],
  task_changed: [keys.tasks, keys.entities],
  entity_changed: [keys.entities, keys.tasks],
  connection_changed: [keys.connections, keys.tasks],
  storage_changed: [keys.storages],
  settings_changed: [keys.settings, keys.appliance],
  decommission_changed: [keys.appliance, keys.tasks, keys.jobs],
};
