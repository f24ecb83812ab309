import type { Plan, Retention, Settings, Task } from "@/features/tasks/queries";

/** The fields of the settings page, as its inputs hold them. */
export interface SettingsForm extends Record<string, unknown> {
  frequency: Plan["frequency"];
  hour: string;
  weekday: Plan["weekday"];
  zone: string;
  cron: string;
  index_content: boolean;
  auto_activate_members: boolean;
  auto_activate_team_folders: boolean;
  auto_activate_shared_folders: boolean;
  /** "" stands for ever. */
  archived_keep_days: number | "";
  mode: Retention["mode"];
  period: string;
  keep_last: number;
  keep_daily: number;
  keep_weekly: number;
  keep_monthly: number;
  keep_yearly: number;
}

export const UNLIMITED: Retention = {
  mode: "unlimited",
  period: "",
  keep_last: 0,
  keep_daily: 0,
  keep_weekly: 0,
  keep_monthly: 0,
  keep_yearly: 0,
};

export function valuesOf({ plan, settings }: Task): SettingsForm {
  return {
    frequency: plan.frequency,
    hour: plan.hour,
    weekday: plan.weekday,
    zone: plan.zone,
    cron: plan.cron,
    index_content: settings.index_content,
    auto_activate_members: settings.auto_activate_members,
    auto_activate_team_folders: settings.auto_activate_team_folders,
    auto_activate_shared_folders: settings.auto_activate_shared_folders,
    archived_keep_days: settings.archived_keep_days === 0 ? "" : settings.archived_keep_days,
    ...(settings.retention ?? UNLIMITED),
  };
}

/** The plan that the fields mean; what they do not show stays. */
export function planOfForm(values: SettingsForm, task: Task): Plan {
  return {
    ...task.plan,
    frequency: values.frequency,
    hour: values.hour,
    weekday: values.weekday,
    zone: values.zone,
    cron: values.frequency === "cron" ? values.cron : "",
  };
}

export function settingsOfForm(values: SettingsForm, task: Task): Settings {
  return {
    ...task.settings,
    index_content: values.index_content,
    auto_activate_members: values.auto_activate_members,
    auto_activate_team_folders: values.auto_activate_team_folders,
    auto_activate_shared_folders: values.auto_activate_shared_folders,
    archived_keep_days: values.archived_keep_days === "" ? 0 : values.archived_keep_days,
    retention: retentionOfForm(values),
  };
}

/** The counts and the period that the mode does not use are left out. */
export function retentionOfForm(values: SettingsForm): Retention {
  const isGfs = values.mode === "gfs";
  const kept = (count: number) => (isGfs ? count : 0);
  return {
    mode: values.mode,
    period: values.mode === "period" ? values.period : "",
    keep_last: kept(values.keep_last),
    keep_daily: kept(values.keep_daily),
    keep_weekly: kept(values.keep_weekly),
    keep_monthly: kept(values.keep_monthly),
    keep_yearly: kept(values.keep_yearly),
  };
}
