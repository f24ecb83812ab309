import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDatabase } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema";
import { StepButtons } from "@/features/setup/StepButtons";
import { type Facts, ownStorage } from "@/features/setup/steps";
import { useGoOn } from "@/features/setup/use-go-on";
import type { StepProps } from "@/features/setup/Wizard";
import { PlaceFields } from "@/features/storage/PlaceFields";
import { EMPTY_PLACE, type PlaceValues, placeArguments, placeBody } from "@/features/storage/place";
import { TestStorage } from "@/features/storage/TestStorage";
import { TrialResult } from "@/features/storage/TrialResult";
import { CliHint, quoted } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

type Storage = components["schemas"]["StorageAnswer"];
type Trial = components["schemas"]["TrialAnswer"];

/** Where the backups will lie; nothing is kept there before a test has passed. */
export function StorageStep({ facts }: StepProps) {
  const storage = ownStorage(facts);
  const [wantsOther, setWantsOther] = useState(false);
  const isChosen = storage !== undefined && (storage.origin !== "builtin" || storage.repository);
  if (isChosen && !wantsOther) {
    return <ChosenStorage storage={storage} onOther={() => setWantsOther(true)} />;
  }
  return <PlaceForm facts={facts} />;
}

function ChosenStorage({ storage, onOther }: { storage: Storage; onOther: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <>
      <Stack>
        <Alert color="blue" variant="light" icon={<IconDatabase />} title={storage.region_label}>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {storage.location}
          </Text>
          {storage.origin === "file" && <Text size="sm">{t("storage.inFile")}</Text>}
        </Alert>
        <TestStorage storage={storage} />
        {storage.repository === null && storage.origin === "console" && (
          <Group>
            <Button variant="subtle" onClick={onOther}>
              {t("storage.other")}
            </Button>
          </Group>
        )}
      </Stack>
      <StepButtons step="storage" />
    </>
  );
}

type Values = PlaceValues & { region_label: string };

function PlaceForm({ facts }: { facts: Facts }) {
  const { t } = useTranslation("setup");
  const { t: ts } = useTranslation("storage");
  const builtin = ownStorage(facts);
  const path = builtin?.kind === "local" ? builtin.location : "";
  const form = useForm<Values>({ initialValues: { ...EMPTY_PLACE, path, region_label: "" } });
  const [trial, setTrial] = useState<Trial | null>(null);
  const goOn = useGoOn("storage");
  const add = useAddStorage(facts);
  const test = async (values: Values): Promise<boolean> => {
    setTrial(null);
    const found = await answer(api.POST("/api/v1/storages/test", { body: placeBody(values) }));
    setTrial(found);
    return found.is_ok;
  };
  const testing = useProblemForm(form, test);
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    if (await test(values)) {
      await add(values);
      await goOn();
    }
  });
  const found = problem ?? testing.problem;
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <PlaceFields kind={form.values.kind} getInputProps={form.getInputProps} />
        <TextInput
          label={t("storage.label")}
          description={t("storage.labelHint")}
          placeholder={t("storage.labelExample")}
          {...form.getInputProps("region_label")}
        />
        {trial !== null && <TrialResult trial={trial} />}
        {found !== null && <ErrorState error={found} />}
        <Group justify="space-between">
          <Button
            variant="default"
            loading={testing.isSending}
            onClick={() => form.onSubmit(testing.submit)()}
          >
            {ts("trial.test")}
          </Button>
          <CliHint command={`dropally storage add main ${placeArguments(form.values, quoted)}`} />
        </Group>
      </Stack>
      <StepButtons step="storage">
        <Button type="submit" loading={isSending}>
          {t("continue")}
        </Button>
      </StepButtons>
    </form>
  );
}

/** Adds the storage; one that was chosen before and holds nothing yet goes. */
function useAddStorage(facts: Facts): (values: Values) => Promise<void> {
  const queries = useQueryClient();
  const before = ownStorage(facts);
  const replaced = before?.origin === "console" && before.repository === null ? before : undefined;
  return async (values) => {
    const taken = new Set(replaced === undefined ? [] : facts.storages.map((one) => one.id));
    const id = ["main", "main-2", "main-3"].find((name) => !taken.has(name)) ?? "main-4";
    const body = {
      id,
      ...placeBody(values),
      region_label: values.region_label,
      min_free_share: 0.05,
      min_free_bytes: 0,
    };
    await answer(api.POST("/api/v1/storages", { body }));
    if (replaced !== undefined) {
      const params = (storage_id: string) => ({ params: { path: { storage_id } } });
      await answer(api.POST("/api/v1/storages/{storage_id}/default", params(id)));
      await answer(api.DELETE("/api/v1/storages/{storage_id}", params(replaced.id)));
    }
    await queries.invalidateQueries({ queryKey: [keys.storages] });
  };
}
