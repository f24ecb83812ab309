import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";

type User = components["schemas"]["UserView"];
type Listed = components["schemas"]["ListedUser"];

/** Where somebody's rights count. */
export function ReachWords({ user }: { user: User }) {
  const { t } = useTranslation("settings");
  const { everywhere, tasks = [], entities = [] } = user.reach;
  if (everywhere) {
    return <>{t("users.everywhere")}</>;
  }
  const words = [
    ...(tasks.length > 0 ? [t("users.tasks", { count: tasks.length })] : []),
    ...(entities.length > 0 ? [t("users.entities", { count: entities.length })] : []),
  ];
  return <>{words.join(", ") || t("users.nowhere")}</>;
}

/** Whether somebody can sign in. */
export function StateWords({ listed }: { listed: Listed }) {
  const { t } = useTranslation("settings");
  if (listed.locked_until !== null) {
    return <>{t("users.locked")}</>;
  }
  switch (listed.user.state) {
    case "active":
      return <>{t("users.active")}</>;
    case "invited":
      return <>{t("users.invited.state")}</>;
    case "deactivated":
      return <>{t("users.deactivated")}</>;
    default:
      return <>{listed.user.state}</>;
  }
}
