const KEYS = {
  member: "member",
  "team folder": "team_folder",
  "shared folder": "shared_folder",
  "app folder": "app_folder",
} as const;

export const KINDS = Object.keys(KEYS) as (keyof typeof KEYS)[];

/** The key in the messages of what the API calls "team folder". */
export function kindKey(kind: string): (typeof KEYS)[keyof typeof KEYS] {
  return KEYS[kind as keyof typeof KEYS] ?? "shared_folder";
}

/** The words of the status filter, and their keys in the messages of `ui`. */
export const STATUS_KEYS = {
  Active: "status.entity.active",
  "In Process": "status.entity.inProcess",
  "Not Active": "status.entity.notActive",
  Scheduled: "status.entity.scheduled",
  Paused: "status.entity.paused",
  "Backed-up in another task": "status.entity.elsewhere",
  Archived: "status.entity.archived",
} as const;
