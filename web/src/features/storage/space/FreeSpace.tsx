import { Button, Checkbox, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Storage } from "@/features/storage/queries";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

type Wish = components["schemas"]["PruneWish"];

/** Looks what could be freed, or frees it. */
export function FreeSpace({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const [reencrypt, setReencrypt] = useState(false);
  const params = { path: { storage_id: storage.id } };
  const start = useStart((body: Wish) =>
    answer(api.POST("/api/v1/storages/{storage_id}/prune", { params, body })),
  );
  const begin = (dry_run: boolean) => start.mutate({ dry_run, reencrypt });
  return (
    <Stack gap="sm">
      <Checkbox
        label={t("space.reencrypt")}
        description={t("space.reencryptText")}
        checked={reencrypt}
        onChange={(event) => setReencrypt(event.currentTarget.checked)}
      />
      {start.error !== null && <ErrorState error={start.error} />}
      <Group justify="space-between">
        <Group gap="xs">
          <Button variant="default" disabled={start.isPending} onClick={() => begin(true)}>
            {t("space.look")}
          </Button>
          <Button loading={start.isPending} onClick={() => begin(false)}>
            {t("space.now")}
          </Button>
        </Group>
        <CliHint
          command={`dropally storage prune ${storage.id}${reencrypt ? " --reencrypt" : ""}`}
        />
      </Group>
    </Stack>
  );
}
