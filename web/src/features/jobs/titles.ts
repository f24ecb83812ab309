import type { TFunction } from "i18next";
import type { Job } from "@/features/jobs/queries";
import { KINDS } from "@/features/jobs/search";

const OWN_WORDS: ReadonlySet<string> = new Set([...KINDS, "switch"]);

/** The type of a job in the person's language; a kind that is new to this console as it is. */
export function kindWords(t: TFunction<"jobs">, kind: string, label: string): string {
  return OWN_WORDS.has(kind) ? t(`kind.${kind}` as "kind.backup") : label;
}

/** Whom or what a job is about. */
export function subjectOf(job: Job): string {
  return job.item || job.task_name || job.title;
}
