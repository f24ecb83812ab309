import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { settingsQuery } from "@/api/settings";
import { Section } from "@/features/settings/Section";
import { SettingsForm } from "@/features/settings/SettingsForm";
import { PastRuns } from "@/features/storage/PastRuns";
import {
  proofQuery,
  replicaTargets,
  type Storage,
  storagesQuery,
} from "@/features/storage/queries";
import { RunningJobs } from "@/features/storage/RunningJobs";
import { CopyForm } from "@/features/storage/replicas/CopyForm";
import { ReplicaList } from "@/features/storage/replicas/ReplicaList";
import { replicaPlan } from "@/features/storage/replicas/replica-pairs";
import { useStorageJobs } from "@/features/storage/storage-jobs";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

const KINDS = ["replicate"] as const;
const WHEN = [{ key: "schedule.replicate", kind: "text" }] as const;

/** Copies of this storage elsewhere: how fresh they are, making them now, and by themselves. */
export function ReplicasTab({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const proof = useQuery(proofQuery(storage.id));
  const storages = useQuery(storagesQuery);
  const settings = useQuery(settingsQuery).data;
  const jobs = useStorageJobs(storage.id, KINDS);
  const plan = settings === undefined ? undefined : replicaPlan(settings, storage.id);
  const targets = replicaTargets(storages.data ?? [], storage.id);
  return (
    <>
      <Section title={t("replicas")} text={t("replicas.text")}>
        {proof.error !== null && (
          <ErrorState error={proof.error} onRetry={() => void proof.refetch()} />
        )}
        {proof.isPending && <Loading rows={3} />}
        {proof.data !== undefined && (
          <ReplicaList storage={storage} copies={proof.data.replications} plan={plan} />
        )}
      </Section>
      <RunningJobs jobs={jobs} />
      <Section title={t("replicas.copy")} text={t("replicas.copyText")}>
        {storages.data !== undefined && (
          <CopyForm storage={storage} targets={targets} plan={plan} />
        )}
      </Section>
      {settings !== undefined && (
        <Section title={t("replicas.when")} text={t("replicas.whenText")}>
          <SettingsForm settings={settings} parts={[{ fields: WHEN }]} />
        </Section>
      )}
      <PastRuns jobs={jobs} />
    </>
  );
}
