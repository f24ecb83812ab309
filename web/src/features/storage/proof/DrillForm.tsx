import { Button, Group, NumberInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { Storage } from "@/features/storage/queries";
import { useStart } from "@/features/storage/storage-jobs";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";

const USUAL_FILES = 100;
const MOST_FILES = 1_000_000;
const GIB = 2 ** 30;

/** Restores files to nowhere; how many. */
export function DrillForm({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const form = useForm({ initialValues: { files: USUAL_FILES } });
  const params = { path: { storage_id: storage.id } };
  const start = useStart((files: number) =>
    answer(
      api.POST("/api/v1/storages/{storage_id}/drill", {
        params,
        body: { files, size_bytes: GIB },
      }),
    ),
  );
  return (
    <form onSubmit={form.onSubmit(({ files }) => start.mutate(files))}>
      <Stack maw={640}>
        <NumberInput
          label={t("drill.files")}
          min={1}
          max={MOST_FILES}
          allowDecimal={false}
          clampBehavior="strict"
          required
          maw={240}
          {...form.getInputProps("files")}
        />
        {start.error !== null && <ErrorState error={start.error} />}
        <Group justify="space-between">
          <Button type="submit" variant="default" loading={start.isPending}>
            {t("drill.now")}
          </Button>
          <CliHint
            command={`dropally storage drill ${storage.id} --files ${form.values.files || USUAL_FILES}`}
          />
        </Group>
      </Stack>
    </form>
  );
}
