import { Alert, List, Stack, Table, Text } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job } from "@/features/jobs/queries";
import { Section } from "@/features/settings/Section";
import { type PruneReport, pruneReportOf } from "@/features/storage/space/prune-report";
import { isUnfinished, useJob } from "@/features/storage/storage-jobs";
import { Bytes, Count } from "@/ui/figures";
import { When } from "@/ui/When";

/** What the newest look or run found, by why it may go or has to stay. */
export function Freeable({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useTranslation("storage");
  const last = jobs.find((job) => !isUnfinished(job) && "freed_bytes" in job.summary);
  const detail = useJob(last?.id);
  const report = detail === undefined ? null : pruneReportOf(detail);
  if (detail === undefined || report === null) {
    return null;
  }
  return (
    <Section title={t(report.dry_run ? "freed.would" : "freed")}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          <When time={detail.ended_at} />
        </Text>
        <Causes report={report} />
        <Forecast report={report} />
        {report.blocking_sessions.length > 0 && (
          <Alert color="blue" variant="light" icon={<IconHourglass />} title={t("freed.blocked")}>
            <List size="sm">
              {report.blocking_sessions.map((name) => (
                <List.Item key={name}>{name}</List.Item>
              ))}
            </List>
          </Alert>
        )}
      </Stack>
    </Section>
  );
}

function Causes({ report }: { report: PruneReport }) {
  const { t } = useTranslation("storage");
  const rows = [
    [t(report.dry_run ? "freed.deletable" : "freed.deleted"), "freed"],
    [t(report.dry_run ? "freed.condemnable" : "freed.condemned"), "condemned"],
    [t("freed.rewritten"), "rewritten"],
    [t("freed.waiting"), "waiting"],
  ] as const;
  return (
    <Table withTableBorder aria-label={t("freed.causes")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("freed.causes")}</Table.Th>
          <Table.Th ta="right">{t("packs")}</Table.Th>
          <Table.Th ta="right">{t("self.size")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([title, name]) => (
          <Table.Tr key={name}>
            <Table.Td>{title}</Table.Td>
            <Table.Td ta="right">
              <Count value={report[`${name}_packs`]} />
            </Table.Td>
            <Table.Td ta="right">
              <Bytes value={report[`${name}_bytes`]} />
            </Table.Td>
          </Table.Tr>
        ))}
        <Table.Tr>
          <Table.Td>{t("freed.young")}</Table.Td>
          <Table.Td ta="right">
            <Count value={report.young_packs} />
          </Table.Td>
          <Table.Td ta="right">–</Table.Td>
        </Table.Tr>
      </Table.Tbody>
    </Table>
  );
}

/** When how much comes back: what is rewritten takes some of it. */
function Forecast({ report }: { report: PruneReport }) {
  const { t } = useTranslation("storage");
  const later = report.condemned_bytes + report.waiting_bytes;
  if (report.freed_bytes === 0 && later === 0) {
    return <Text size="sm">{t(report.young_packs > 0 ? "freed.onlyYoung" : "freed.nothing")}</Text>;
  }
  return (
    <List size="sm" spacing={4} aria-label={t("freed.forecast")}>
      {report.freed_bytes > 0 && (
        <List.Item>
          {t(report.dry_run ? "freed.atOnce" : "freed.done")} <Bytes value={report.freed_bytes} />
        </List.Item>
      )}
      {later > 0 && (
        <List.Item>
          {t("freed.later")} <Bytes value={later} />
          {report.next_deletion !== null && (
            <>
              , {t("freed.from")} <When time={report.next_deletion} />
            </>
          )}
        </List.Item>
      )}
    </List>
  );
}
