import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { Section } from "@/features/settings/Section";
import { PastRuns } from "@/features/storage/PastRuns";
import { roomQuery, type Storage } from "@/features/storage/queries";
import { RunningJobs } from "@/features/storage/RunningJobs";
import { Freeable } from "@/features/storage/space/Freeable";
import { FreeSpace } from "@/features/storage/space/FreeSpace";
import { LockSection } from "@/features/storage/space/LockSection";
import { UsedSpace } from "@/features/storage/space/UsedSpace";
import { useStorageJobs } from "@/features/storage/storage-jobs";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";

const KINDS = ["prune", "lock"] as const;

/** How much is used, and how much of it comes back when. */
export function SpaceTab({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const mayManage = useCan("storage.manage");
  const use = useQuery(roomQuery(storage.id));
  const jobs = useStorageJobs(storage.id, KINDS);
  return (
    <>
      <Section title={t("space.used")}>
        {use.error !== null && <ErrorState error={use.error} onRetry={() => void use.refetch()} />}
        {use.isPending && <Loading rows={3} />}
        {use.data !== undefined && <UsedSpace storage={storage} use={use.data} />}
      </Section>
      <RunningJobs jobs={jobs} />
      <Freeable jobs={jobs} />
      {mayManage && (
        <Section title={t("space.free")} text={t("space.freeText")}>
          <FreeSpace storage={storage} />
        </Section>
      )}
      <LockSection storage={storage} mayManage={mayManage} />
      <PastRuns jobs={jobs} />
    </>
  );
}
