import { Badge, NavLink } from "@mantine/core";
import { IconLoader2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";

/** How many jobs run now; at the bottom of the rail. */
export function RunningJobs() {
  const { t } = useTranslation("jobs");
  const mayRead = useCan("job.read");
  const summary = useQuery({
    queryKey: [keys.jobs, "running"],
    queryFn: () =>
      answer(api.GET("/api/v1/jobs/summary", { params: { query: { window: "all" } } })),
    enabled: mayRead,
  });
  const running = summary.data?.in_progress ?? 0;
  if (!mayRead || running === 0) {
    return null;
  }
  return (
    <NavLink
      component={Link}
      to="/jobs"
      label={t("running", { count: running })}
      leftSection={<IconLoader2 size={18} stroke={1.7} />}
      rightSection={<Badge circle>{running}</Badge>}
    />
  );
}
