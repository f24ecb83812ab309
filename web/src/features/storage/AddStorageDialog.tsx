import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { PlaceFields } from "@/features/storage/PlaceFields";
import { EMPTY_PLACE, type PlaceValues, placeArguments, placeBody } from "@/features/storage/place";
import { TrialResult } from "@/features/storage/TrialResult";
import { CliHint, quoted } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

type Trial = components["schemas"]["TrialAnswer"];
type Values = PlaceValues & { id: string; region_label: string };

/** Another place for backups; it is tested before it is added, and gets its key afterwards. */
export function AddStorageDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("storage");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [trial, setTrial] = useState<Trial | null>(null);
  const form = useForm<Values>({ initialValues: { ...EMPTY_PLACE, id: "", region_label: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    setTrial(null);
    const place = placeBody(values);
    const found = await answer(api.POST("/api/v1/storages/test", { body: place }));
    setTrial(found);
    if (!found.is_ok) {
      return;
    }
    const { id, region_label } = values;
    const body = { ...place, id, region_label, min_free_share: 0.05, min_free_bytes: 0 };
    await answer(api.POST("/api/v1/storages", { body }));
    await queries.invalidateQueries({ queryKey: [keys.storages] });
    await navigate({ to: "/storage/$storageId", params: { storageId: id } });
  });
  const name = form.values.id || "NAME";
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("add")}
      size="lg"
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <TextInput
            label={t("add.id")}
            description={t("add.idHint")}
            required
            data-autofocus
            autoComplete="off"
            {...form.getInputProps("id")}
          />
          <PlaceFields kind={form.values.kind} getInputProps={form.getInputProps} />
          <TextInput
            label={t("label")}
            description={t("labelHint")}
            {...form.getInputProps("region_label")}
          />
          {trial !== null && <TrialResult trial={trial} />}
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="space-between">
            <Button type="submit" loading={isSending}>
              {t("add.submit")}
            </Button>
            <CliHint
              command={[
                `dropally storage try ${placeArguments(form.values, quoted)}`,
                `dropally storage add ${quoted(name)} ${placeArguments(form.values, quoted)}`,
              ]}
            />
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
