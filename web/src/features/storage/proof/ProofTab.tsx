import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { Section } from "@/features/settings/Section";
import { PastRuns } from "@/features/storage/PastRuns";
import { DamageSection } from "@/features/storage/proof/DamageSection";
import { DrillForm } from "@/features/storage/proof/DrillForm";
import { Healed } from "@/features/storage/proof/Healed";
import { ProofFigures } from "@/features/storage/proof/ProofFigures";
import { VerifyForm } from "@/features/storage/proof/VerifyForm";
import { proofQuery, type Storage } from "@/features/storage/queries";
import { RunningJobs } from "@/features/storage/RunningJobs";
import { useStorageJobs } from "@/features/storage/storage-jobs";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

const KINDS = ["verify", "repair", "drill"] as const;

/** Whether what lies here can be read: what was found good, what is damaged, and looking now. */
export function ProofTab({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const mayManage = useCan("storage.manage");
  const proof = useQuery(proofQuery(storage.id));
  const jobs = useStorageJobs(storage.id, KINDS);
  const copies = proof.data?.replications.map((one) => one.target) ?? [];
  return (
    <>
      <Section title={t("proof.figures")} text={t("proof.text")}>
        {proof.error !== null && (
          <ErrorState error={proof.error} onRetry={() => void proof.refetch()} />
        )}
        {proof.isPending && <Loading rows={4} />}
        {proof.data !== undefined && <ProofFigures proof={proof.data} />}
      </Section>
      <RunningJobs jobs={jobs} />
      {proof.data !== undefined && (
        <DamageSection storageId={storage.id} proof={proof.data} mayRepair={mayManage} />
      )}
      <Healed jobs={jobs} />
      {mayManage && (
        <>
          <Section title={t("verify")} text={t("verify.text")}>
            <VerifyForm storage={storage} copies={copies} />
          </Section>
          <Section title={t("drill")} text={t("drill.text")}>
            <DrillForm storage={storage} />
          </Section>
        </>
      )}
      <PastRuns jobs={jobs} />
    </>
  );
}
