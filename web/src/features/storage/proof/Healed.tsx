import { Alert, Code, List, Stack, Text } from "@mantine/core";
import { IconBandage } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job, JobDetail } from "@/features/jobs/queries";
import { Section } from "@/features/settings/Section";
import { isUnfinished, useJob } from "@/features/storage/storage-jobs";
import { When } from "@/ui/When";

interface Healed {
  key: string;
  source: string;
}

/** What the last repair healed, and from where; or would heal. */
export function Healed({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useTranslation("storage");
  const last = jobs.find((job) => !isUnfinished(job) && "healed" in job.summary);
  const detail = useJob(last?.id);
  if (detail === undefined) {
    return null;
  }
  return (
    <Section title={t(detail.summary.dry_run === true ? "healed.would" : "healed")}>
      <Text size="sm" c="dimmed">
        <When time={detail.ended_at} />
      </Text>
      <Outcome job={detail} />
    </Section>
  );
}

function Outcome({ job }: { job: JobDetail }) {
  const { t } = useTranslation("storage");
  const healed = (job.result.healed ?? []) as Healed[];
  const lost = (job.result.given_up ?? []) as string[];
  const wanted = Number(job.summary.wanted_again ?? 0);
  return (
    <Alert color={lost.length > 0 ? "yellow" : "green"} variant="light" icon={<IconBandage />}>
      <Stack gap="xs">
        {healed.length === 0 && lost.length === 0 && t("healed.nothing")}
        <List size="sm" spacing={4}>
          {healed.map((one) => (
            <List.Item key={one.key} style={{ overflowWrap: "anywhere" }}>
              <Code>{one.key}</Code>: {t("healed.from", { source: sourceWords(one.source) })}
            </List.Item>
          ))}
          {lost.map((key) => (
            <List.Item key={key} style={{ overflowWrap: "anywhere" }}>
              <Code>{key}</Code>: {t("healed.none")}
            </List.Item>
          ))}
        </List>
        {wanted > 0 && <Text size="sm">{t("healed.wanted", { count: wanted })}</Text>}
      </Stack>
    </Alert>
  );

  function sourceWords(source: string): string {
    const words = SOURCES[source];
    return words === undefined ? source : t(words);
  }
}

const SOURCES: Record<string, "source.again" | "source.replica" | "source.parity" | undefined> = {
  "a second look": "source.again",
  "a replica": "source.replica",
  parity: "source.parity",
};
