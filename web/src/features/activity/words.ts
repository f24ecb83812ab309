import type { TFunction } from "i18next";

type Translate = TFunction<"activity">;

export const ACTIVITIES = [
  "backup",
  "restore",
  "export",
  "discover",
  "verify",
  "repair",
  "drill",
  "retain",
  "prune",
  "lock",
  "replicate",
  "migrate",
  "switch",
  "rebuild",
  "self-backup",
] as const;
export const SYSTEM_STATUSES = ["succeeded", "partially_succeeded", "failed", "canceled"] as const;
export const AUDIT_STATUSES = ["succeeded", "failed", "denied"] as const;
export const SERVICES = ["dropbox", "appliance"] as const;

/** A kind of activity in the person's language; one that is new to this console as the API has it. */
export function activityWords(t: Translate, activity: string, label: string): string {
  const known = ACTIVITIES.find((one) => one === activity);
  return known === undefined ? label : t(`activity.${known}`);
}

export function serviceWords(t: Translate, service: string): string {
  const known = SERVICES.find((one) => one === service);
  return known === undefined ? service : t(`service.${known}`);
}

const EVENTS = [
  "backup_deleted",
  "user_deactivated",
  "settings_changed",
  "sign_in",
  "permissions_changed",
  "notifications",
  "user_changed",
  "password",
  "second_factor",
  "session_ended",
  "token_changed",
  "token_used",
  "action_denied",
  "data_access",
  "restore_requested",
  "export_created",
  "export_downloaded",
  "key_used",
  "backup_requested",
  "task_cancelled",
  "task_retried",
] as const;

/** A kind of event of the audit, likewise. */
export function eventWords(t: Translate, event: string, label: string): string {
  const known = EVENTS.find((one) => one === event);
  return known === undefined ? label : t(`event.${known}`);
}
