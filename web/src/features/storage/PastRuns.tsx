import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "@/features/jobs/queries";
import { kindWords } from "@/features/jobs/titles";
import { Section } from "@/features/settings/Section";
import { isUnfinished } from "@/features/storage/storage-jobs";
import { AnchorLink } from "@/ui/RouteLinks";
import { StatusWord } from "@/ui/StatusWord";
import { When } from "@/ui/When";

/** The last runs, each with how it went; their pages have the details. */
export function PastRuns({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useTranslation("storage");
  const ended = jobs.filter((job) => !isUnfinished(job));
  if (ended.length === 0) {
    return null;
  }
  return (
    <Section title={t("runs")}>
      <Table withTableBorder aria-label={t("runs")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("runs.what")}</Table.Th>
            <Table.Th>{t("runs.ended")}</Table.Th>
            <Table.Th>{t("runs.outcome")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ended.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Td>
                <Title job={job} />
              </Table.Td>
              <Table.Td>
                <When time={job.ended_at} relative />
              </Table.Td>
              <Table.Td>
                <StatusWord kind="job" status={job.status} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function Title({ job }: { job: Job }) {
  const { t } = useTranslation(["jobs", "storage"]);
  return (
    <>
      <AnchorLink to="/jobs/$jobId" params={{ jobId: job.id }} inherit>
        {kindWords(t, job.kind, job.kind_label)}
      </AnchorLink>
      {job.summary.dry_run === true && (
        <Text size="sm" c="dimmed">
          {t("storage:runs.dry")}
        </Text>
      )}
    </>
  );
}
