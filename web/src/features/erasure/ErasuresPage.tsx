import { Stack } from "@mantine/core";
import { IconEraser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActivityTabs } from "@/features/activity/ActivityTabs";
import { ErasureCard } from "@/features/erasure/ErasureCard";
import { erasuresQuery } from "@/features/erasure/queries";
import { CliHint } from "@/ui/CliHint";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

/** What was erased from all backups, how far that is, and the certificates. */
export function ErasuresPage() {
  const { t } = useTranslation(["erasure", "activity"]);
  const found = useQuery(erasuresQuery);
  return (
    <>
      <PageHeader
        title={t("activity:title")}
        description={t("page.text")}
        actions={<CliHint command="dropally erasure list" />}
      />
      <ActivityTabs value="erasures" />
      {found.error !== null && (
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.isPending && <Loading />}
      {found.data?.length === 0 && (
        <EmptyState icon={IconEraser} title={t("none")} text={t("noneText")} />
      )}
      <Stack maw={820}>
        {found.data?.map((erasure) => (
          <ErasureCard key={erasure.id} erasure={erasure} />
        ))}
      </Stack>
    </>
  );
}
