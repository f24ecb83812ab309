import { Title } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import classes from "@/features/jobs/JobFacts.module.css";
import type { JobDetail } from "@/features/jobs/queries";
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
      <dl className={classes.facts}>
        {counted.map((name) => (
          <div key={name} className={classes.fact}>
            <dt>{t(`counter.${name}`)}</dt>
            <dd>
              {name.endsWith("bytes") ? (
                <Bytes value={Number(job.summary[name])} />
              ) : (
                <Count value={Number(job.summary[name])} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
