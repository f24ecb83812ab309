import { Alert, Badge, List, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { Section } from "@/features/settings/Section";
import { ChangeStorage } from "@/features/storage/ChangeStorage";
import { KeySlots } from "@/features/storage/KeySlots";
import { MaintenanceSection } from "@/features/storage/MaintenanceSection";
import { type Storage, storageQuery } from "@/features/storage/queries";
import { RepositoryKey } from "@/features/storage/RepositoryKey";
import { SelfBackups } from "@/features/storage/SelfBackups";
import { StorageFacts } from "@/features/storage/StorageFacts";
import { TestStorage } from "@/features/storage/TestStorage";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";

const route = getRouteApi("/shell/storage/$storageId");

/** One storage: what lies there, who can open it, and what is done with it. */
export function StoragePage() {
  const { storageId } = route.useParams();
  const found = useQuery(storageQuery(storageId));
  if (found.error !== null) {
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  }
  return found.data === undefined ? (
    <Loading rows={6} />
  ) : (
    <Shown storage={found.data.storage} etag={found.data.etag} />
  );
}

function Shown({ storage, etag }: { storage: Storage; etag: string }) {
  const { t } = useTranslation("storage");
  const mayManage = useCan("storage.manage");
  const mayManageAppliance = useCan("appliance.manage");
  return (
    <>
      <PageHeader
        title={storage.region_label || storage.id}
        crumbs={[{ label: t("title"), to: "/storage" }]}
        {...(storage.is_default
          ? {
              description: (
                <Badge variant="light" tt="none">
                  {t("default")}
                </Badge>
              ),
            }
          : {})}
      />
      <Stack gap={0} maw={760}>
        {storage.warnings.length > 0 && (
          <Alert color="yellow" icon={<IconAlertTriangle />} title={t("warnings")} mb="lg">
            <List size="sm" spacing={2}>
              {storage.warnings.map((warning) => (
                <List.Item key={warning}>{warning}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Section title={t("facts")}>
          <StorageFacts storage={storage} />
          {mayManage && <TestStorage storage={storage} />}
        </Section>
        {mayManage && (
          <Section title={t("keys")} text={t("keys.text")}>
            <RepositoryKey storage={storage} onConfirmed={() => undefined} />
            <KeySlots storage={storage} />
          </Section>
        )}
        {mayManageAppliance && storage.repository !== null && (
          <Section title={t("self")} text={t("self.text")}>
            <SelfBackups storage={storage} />
          </Section>
        )}
        {mayManage && storage.repository !== null && <MaintenanceSection storage={storage} />}
        {mayManage && (
          <Section title={t("change")}>
            <ChangeStorage key={etag} storage={storage} etag={etag} />
          </Section>
        )}
      </Stack>
    </>
  );
}
