import { Button, Group, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { Storage } from "@/features/storage/queries";
import { TrialResult } from "@/features/storage/TrialResult";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

/** Puts, gets, lists and deletes small objects, with the credentials that are kept. */
export function TestStorage({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const trial = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/storages/{storage_id}/test", {
          params: { path: { storage_id: storage.id } },
        }),
      ),
  });
  return (
    <Stack gap="sm">
      {trial.data !== undefined && <TrialResult trial={trial.data} />}
      {trial.error !== null && <ErrorState error={trial.error} />}
      <Group justify="space-between">
        <Button variant="default" loading={trial.isPending} onClick={() => trial.mutate()}>
          {t("trial.test")}
        </Button>
        <CliHint command={`dropally storage test ${storage.id}`} />
      </Group>
    </Stack>
  );
}
