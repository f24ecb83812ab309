import { Card, Stack, Title } from "@mantine/core";
import { IconDatabase } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

export function StoragePage() {
  const { t } = useTranslation("storage");
  const storages = useQuery({
    queryKey: [keys.storages],
    queryFn: () => answer(api.GET("/api/v1/storages")),
  });
  return (
    <>
      <PageHeader title={t("title")} />
      {storages.error !== null && (
        <ErrorState error={storages.error} onRetry={() => void storages.refetch()} />
      )}
      {storages.isPending && <Loading />}
      {storages.data?.items.length === 0 && (
        <EmptyState icon={IconDatabase} title={t("empty")} text={t("emptyText")} />
      )}
      <Stack>
        {storages.data?.items.map((storage) => (
          <Card key={storage.id} withBorder>
            <Title order={2} size="h4">
              {storage.id}
            </Title>
          </Card>
        ))}
      </Stack>
    </>
  );
}
