import { Alert, Group, Stack, Text } from "@mantine/core";
import { IconClockPause, IconHourglass } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import type { JobDetail } from "@/features/jobs/queries";
import { Duration } from "@/ui/figures";
import { PhaseList } from "@/ui/PhaseList";
import { When } from "@/ui/When";

type Phase = components["schemas"]["PhaseView"];
type Live = components["schemas"]["LiveView"];
type Translate = TFunction<"jobs">;

// As the work goes on, so that the list does not jump about.
const ORDER = [
  "plan",
  "find",
  "seed",
  "list",
  "known",
  "fetch",
  "download",
  "files",
  "read",
  "restore",
  "upload",
  "export",
  "write",
  "seal",
  "snapshots",
  "points",
  "pages",
  "forget",
  "record",
  "store",
  "verify",
  "check",
  "repair",
  "drill",
  "replicate",
  "lock",
];

/** How far a job is: phases with honest totals, the time left as a range, waits, signs of life. */
export function JobProgress({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const { live } = job;
  if (live === null) {
    return <Text>{waiting(job, t)}</Text>;
  }
  return (
    <Stack>
      {live.pause !== "" && (
        <Alert color="blue" variant="light" icon={<IconClockPause />} title={live.pause} />
      )}
      {live.is_hung && (
        <Alert color="yellow" variant="light" icon={<IconHourglass />} title={t("live.hung")}>
          {t("live.hungText")}
        </Alert>
      )}
      <PhaseList phases={worded(t, live.phases)} />
      <Group gap="xl">
        <Text size="sm">
          {t("live.elapsed")} <Duration seconds={live.elapsed_s} />
        </Text>
        <TimeLeft live={live} />
        <Text size="sm" c="dimmed">
          {t("live.lastSign")} <When time={live.last_sign_of_life} relative />
        </Text>
      </Group>
    </Stack>
  );
}

function waiting(job: JobDetail, t: Translate): string {
  if (job.waits_because === "crashed") {
    return t("live.crashed");
  }
  return t(job.waits_because === "interrupted" ? "live.interrupted" : "live.pending");
}

/** In the order of the work, and in the person's language. */
function worded(t: Translate, phases: readonly Phase[]): Phase[] {
  const place = (phase: Phase) => (ORDER.indexOf(phase.name) + 1 || ORDER.length + 1) - 1;
  return [...phases]
    .filter((phase) => phase.done > 0 || phase.total > 0)
    .sort((one, other) => place(one) - place(other))
    .map((phase) => ({
      ...phase,
      name: ORDER.includes(phase.name) ? t(`phase.${phase.name}` as "phase.list") : phase.name,
      unit: phase.unit === "bytes" ? "bytes" : unitWords(t, phase.unit),
    }));
}

function unitWords(t: Translate, unit: string): string {
  return unit === "files" || unit === "entries" ? t(`unit.${unit}`) : unit;
}

/** A range, and only while it is more than a guess. */
function TimeLeft({ live }: { live: Live }) {
  const { t } = useTranslation("jobs");
  if (live.least_left_s === null || live.most_left_s === null) {
    return null;
  }
  return (
    <Text size="sm">
      {t("live.left")} <Duration seconds={live.least_left_s} /> –{" "}
      <Duration seconds={live.most_left_s} />
    </Text>
  );
}
