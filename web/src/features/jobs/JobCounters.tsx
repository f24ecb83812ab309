import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import type { JobDetail } from "@/features/jobs/queries";
import { Facts } from "@/ui/Facts";
import { Bytes, Count } from "@/ui/figures";

// What each kind of job counts, in the order in which people ask for it. Files and bytes in all
// stand among the facts.
const COUNTERS = [
  "entities",
  "folders",
  "new",
  "changed",
  "deleted",
  "fetched_files",
  "fetched_bytes",
  "stored_bytes",
  "changed_namespaces",
  "namespaces",
  "failed_namespaces",
  "identical",
  "skipped",
  "renamed",
  "failed",
  "parts",
  "members",
  "added",
  "activated",
  "archived",
  "returned",
  "storages",
  "chunks",
  "objects",
  "packs",
  "snapshots",
  "damaged_objects",
  "damaged_files",
  "damaged",
  "healed",
  "unhealed",
  "given_up",
  "removed",
  "freed_bytes",
  "condemned_bytes",
] as const;

// Told also where they are zero: that nothing changed is news.
const TOLD: ReadonlySet<string> = new Set(["new", "changed", "deleted", "failed"]);

/** The counts of a job, as its kind counts. */
export function JobCounters({ job }: { job: JobDetail }) {
  const { t } = useTranslation("jobs");
  const id = useId();
  const counted = COUNTERS.filter(
    (name) => typeof job.summary[name] === "number" && (job.summary[name] !== 0 || TOLD.has(name)),
  );
  if (counted.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h4" id={id} mb="sm">
        {t("section.counters")}
      </Title>
      <Facts
        width={220}
        facts={counted.map((name) => [t(`counter.${name}`), figure(name, job.summary[name])])}
      />
    </section>
  );
}

function figure(name: string, value: unknown): ReactNode {
  return name.endsWith("bytes") ? <Bytes value={Number(value)} /> : <Count value={Number(value)} />;
}
