import type { TFunction } from "i18next";
import type { components } from "@/api/schema";

type Plan = components["schemas"]["SchedulePlan"];
type Planned = Pick<Plan, "frequency" | "hour" | "weekday" | "zone" | "cron">;

/** `daily at 03:00 Europe/Berlin`, in the person's language. */
export function planWords(t: TFunction<"ui">, plan: Planned): string {
  const { frequency, hour, zone, cron } = plan;
  const [first = 0, minute = 0] = hour.split(":").map(Number);
  switch (frequency) {
    case "weekly":
      return t("plan.weekly", { day: t(`plan.day.${plan.weekday}`), hour, zone });
    case "hourly":
      return t("plan.hourly", { minute });
    case "every-6-hours": {
      const hours = [0, 6, 12, 18].map((later) => `${two((first % 6) + later)}:${two(minute)}`);
      return t("plan.every-6-hours", { hours: hours.join(", "), zone });
    }
    case "cron":
      return t("plan.cron", { cron, zone });
    default:
      return t(`plan.${frequency}`, { hour, zone });
  }
}

function two(figure: number): string {
  return String(figure).padStart(2, "0");
}
