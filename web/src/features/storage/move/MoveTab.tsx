import { Alert, List } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Section } from "@/features/settings/Section";
import { AwaitsFile } from "@/features/storage/move/AwaitsFile";
import { Moved } from "@/features/storage/move/Moved";
import { MoveForm } from "@/features/storage/move/MoveForm";
import { PastRuns } from "@/features/storage/PastRuns";
import { replicaTargets, type Storage, storagesQuery } from "@/features/storage/queries";
import { RunningJobs } from "@/features/storage/RunningJobs";
import { useStorageJobs } from "@/features/storage/storage-jobs";

const KINDS = ["migrate", "switch"] as const;
const STEPS = ["copy", "readBack", "switch", "keep"] as const;

/** Another place for the same storage: copied, read back, switched, the old place kept. */
export function MoveTab({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const storages = useQuery(storagesQuery).data;
  const jobs = useStorageJobs(storage.id, KINDS);
  const targets = replicaTargets(storages ?? [], storage.id);
  return (
    <>
      {storage.move !== null && <AwaitsFile move={storage.move} />}
      <Moved jobs={jobs} storages={storages ?? []} />
      <Section title={t("move")} text={t("move.text")}>
        <List type="ordered" size="sm" spacing={4} maw={640}>
          {STEPS.map((step) => (
            <List.Item key={step}>{t(`move.step.${step}`)}</List.Item>
          ))}
        </List>
        {storages !== undefined &&
          (targets.length === 0 ? (
            <Alert color="blue" variant="light" icon={<IconInfoCircle />}>
              {t("move.noTarget")}
            </Alert>
          ) : (
            <MoveForm storage={storage} targets={targets} />
          ))}
      </Section>
      <RunningJobs jobs={jobs} />
      <PastRuns jobs={jobs} />
    </>
  );
}
