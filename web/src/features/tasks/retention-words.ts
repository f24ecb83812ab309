import type { TFunction } from "i18next";
import type { Retention } from "@/features/tasks/queries";

const KEEPS = ["keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"] as const;

/** A retention in a few words: "Unlimited", "30d", "Days: 7, Months: 12". */
export function retentionWords(t: TFunction<"tasks">, retention: Retention): string {
  switch (retention.mode) {
    case "period":
      return retention.period;
    case "gfs":
      return KEEPS.filter((name) => retention[name])
        .map((name) => `${t(`retention.${name}`)}: ${retention[name]}`)
        .join(", ");
    default:
      return t("retention.mode.unlimited");
  }
}
