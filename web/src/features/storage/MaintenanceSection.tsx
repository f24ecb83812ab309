import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { Section } from "@/features/settings/Section";
import type { Storage } from "@/features/storage/queries";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { LinkText } from "@/ui/links";

/** Work on the repository as a whole; one part of the page for each kind. */
export function MaintenanceSection({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  return (
    <Section title={t("upkeep")} text={t("upkeep.text")}>
      <RebuildCatalog storage={storage} />
    </Section>
  );
}

function RebuildCatalog({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const queries = useQueryClient();
  const rebuild = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/storages/{storage_id}/rebuild", {
          params: { path: { storage_id: storage.id } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: [keys.jobs] }),
  });
  return (
    <Stack gap="sm">
      <Text size="sm">{t("rebuild.text")}</Text>
      {rebuild.error !== null && <ErrorState error={rebuild.error} />}
      {rebuild.data !== undefined && (
        <Alert color="blue" variant="light" role="status">
          <LinkText to="/jobs/$jobId" params={{ jobId: rebuild.data.id }}>
            {rebuild.data.title}
          </LinkText>
        </Alert>
      )}
      <Group justify="space-between">
        <Button variant="default" loading={rebuild.isPending} onClick={() => rebuild.mutate()}>
          {t("rebuild")}
        </Button>
        <CliHint command={`dropally storage rebuild ${storage.id}`} />
      </Group>
    </Stack>
  );
}
