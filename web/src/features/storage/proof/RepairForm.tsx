import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Proof } from "@/features/storage/queries";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

type Request = components["schemas"]["RepairRequest"];

/** Heals what was found damaged, or says what would be healed; from which copies. */
export function RepairForm({ storageId, proof }: { storageId: string; proof: Proof }) {
  const { t } = useTranslation("storage");
  const known = proof.replications.map((one) => one.target);
  const [replicas, setReplicas] = useState<string[]>(known);
  const params = { path: { storage_id: storageId } };
  const start = useStart((body: Request) =>
    answer(api.POST("/api/v1/storages/{storage_id}/repair", { params, body })),
  );
  const command = [
    `dropally storage repair ${storageId}`,
    ...replicas.map((one) => `--replica ${one}`),
  ].join(" ");
  const begin = (dry_run: boolean) => start.mutate({ replicas, dry_run });
  return (
    <Stack gap="sm">
      <Text size="sm">{t("repair.text")}</Text>
      {known.length > 0 && (
        <Checkbox.Group label={t("repair.replicas")} value={replicas} onChange={setReplicas}>
          <Stack gap="xs" mt="xs">
            {known.map((one) => (
              <Checkbox key={one} value={one} label={one} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      {start.error !== null && <ErrorState error={start.error} />}
      <Group justify="space-between">
        <Group gap="xs">
          <Button loading={start.isPending} onClick={() => begin(false)}>
            {t("repair.now")}
          </Button>
          <Button variant="default" disabled={start.isPending} onClick={() => begin(true)}>
            {t("repair.dry")}
          </Button>
        </Group>
        <CliHint command={command} />
      </Group>
    </Stack>
  );
}
