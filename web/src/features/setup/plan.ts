import type { components } from "@/api/schema";

export type Plan = components["schemas"]["SchedulePlan"];
export type Retention = components["schemas"]["Retention"];

export const FREQUENCIES = [
  "daily",
  "every-6-hours",
  "hourly",
  "every-3-days",
  "weekly",
  "continuous",
] as const;
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export interface PlanValues extends Record<string, unknown> {
  frequency: string;
  hour: string;
  weekday: string;
  zone: string;
  mode: string;
  period: string;
  keep_daily: number;
  keep_weekly: number;
  keep_monthly: number;
}

/** The plan as the form says it; what the form does not show stays as it was. */
export function planOf(before: Plan, values: PlanValues): Plan {
  return {
    ...before,
    frequency: values.frequency as Plan["frequency"],
    hour: values.hour,
    weekday: values.weekday as Plan["weekday"],
    zone: values.zone,
  };
}

/** What is kept: only the fields of the chosen mode are sent. */
export function retentionOf(values: PlanValues): Retention {
  const isGfs = values.mode === "gfs";
  return {
    mode: values.mode as Retention["mode"],
    period: values.mode === "period" ? values.period : "",
    keep_last: 0,
    keep_daily: isGfs ? values.keep_daily : 0,
    keep_weekly: isGfs ? values.keep_weekly : 0,
    keep_monthly: isGfs ? values.keep_monthly : 0,
    keep_yearly: 0,
  };
}
