import { Anchor, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Job, recentQuery } from "@/features/jobs/queries";
import { kindWords, subjectOf } from "@/features/jobs/titles";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

interface Props {
  running: readonly Job[];
  onFollowed: () => void;
}

/** What runs, and what people have asked for lately. */
export function RunningList({ running, onFollowed }: Props) {
  const { t } = useTranslation("jobs");
  const recent = useQuery(recentQuery).data?.items ?? [];
  return (
    <Stack gap="sm">
      <Tabs defaultValue="current" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="current">{t("popover.current")}</Tabs.Tab>
          <Tabs.Tab value="past">{t("popover.past")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="current">
          <Entries jobs={running} empty={t("noneRunning")} onFollowed={onFollowed} />
        </Tabs.Panel>
        <Tabs.Panel value="past">
          <Entries jobs={recent} empty={t("popover.pastEmpty")} onFollowed={onFollowed} />
        </Tabs.Panel>
      </Tabs>
      <Anchor component={Link} to="/jobs" size="sm" onClick={onFollowed}>
        {t("showAll")}
      </Anchor>
    </Stack>
  );
}

interface EntriesProps {
  jobs: readonly Job[];
  empty: string;
  onFollowed: () => void;
}

function Entries({ jobs, empty, onFollowed }: EntriesProps) {
  const { t } = useTranslation("jobs");
  if (jobs.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      {jobs.map((job) => (
        <Stack key={job.id} gap={0}>
          <Anchor component={Link} to={`/jobs/${job.id}`} size="sm" fw={500} onClick={onFollowed}>
            {kindWords(t, job.kind, job.kind_label)}
          </Anchor>
          <Text size="xs" c="dimmed" truncate>
            {subjectOf(job)}
          </Text>
          <Group gap="sm" fz="xs">
            <StatusWord kind="job" status={job.status} />
            <When time={job.ended_at ?? job.started_at ?? job.created_at} relative />
          </Group>
        </Stack>
      ))}
    </Stack>
  );
}
