import { Alert, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import { Section } from "@/features/settings/Section";
import { ChangeStorage } from "@/features/storage/ChangeStorage";
import { MaintenanceSection } from "@/features/storage/MaintenanceSection";
import type { Storage } from "@/features/storage/queries";
import { RepositoryKey } from "@/features/storage/RepositoryKey";
import { SelfBackups } from "@/features/storage/SelfBackups";
import { StorageFacts } from "@/features/storage/StorageFacts";
import { TestStorage } from "@/features/storage/TestStorage";

/** What lies here, what should be done about it, and how the place is reached. */
export function OverviewTab({ storage, etag }: { storage: Storage; etag: string }) {
  const { t } = useTranslation("storage");
  const mayManage = useCan("storage.manage");
  const mayManageAppliance = useCan("appliance.manage");
  const needsKey = storage.repository === null || storage.recovery_code !== "confirmed";
  return (
    <>
      {storage.warnings.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle />} title={t("warnings")} mb="lg">
          <List size="sm" spacing={2}>
            {storage.warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {mayManage && needsKey && (
        <Section title={t("keys")} text={t("keys.text")}>
          <RepositoryKey storage={storage} onConfirmed={() => undefined} />
        </Section>
      )}
      <Section title={t("facts")}>
        <StorageFacts storage={storage} />
        {mayManage && <TestStorage storage={storage} />}
      </Section>
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
    </>
  );
}
