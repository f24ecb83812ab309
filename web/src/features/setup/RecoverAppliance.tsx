import { Button, Group, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { Recovered } from "@/features/setup/Recovered";
import { SelfBackupChoice } from "@/features/setup/SelfBackupChoice";
import { SetupCodeField } from "@/features/setup/SetupCodeField";
import { SecretFields } from "@/features/storage/AdoptForm";
import { PlaceFields } from "@/features/storage/PlaceFields";
import { EMPTY_PLACE, type PlaceValues, placeBody } from "@/features/storage/place";
import { ErrorState } from "@/ui/ErrorState";
import { LinkButton } from "@/ui/links";
import { PageHeader } from "@/ui/PageHeader";
import { useProblemForm } from "@/ui/problem-form";

export type RecoveryFrom = components["schemas"]["RecoveryFrom"];
export type Found = components["schemas"]["FoundSelfBackups"];
export type RecoveredAnswer = components["schemas"]["Recovered"];

type Values = PlaceValues & { setup_code: string; recovery_code: string; passphrase: string };

/** Becomes the appliance that was lost: from its storage, with the recovery code. */
export function RecoverAppliance({ isOpen }: { isOpen: boolean }) {
  const { t } = useTranslation("setup");
  const [source, setSource] = useState<RecoveryFrom | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [recovered, setRecovered] = useState<RecoveredAnswer | null>(null);
  if (recovered !== null || !isOpen) {
    return <Recovered answer={recovered} />;
  }
  return (
    <>
      <PageHeader title={t("recover.title")} description={t("recover.text")} />
      {source !== null && found !== null ? (
        <SelfBackupChoice
          source={source}
          found={found}
          onBack={() => setFound(null)}
          onRecovered={setRecovered}
        />
      ) : (
        <SourceForm
          onFound={(from, answered) => {
            setSource(from);
            setFound(answered);
          }}
        />
      )}
    </>
  );
}

function SourceForm({ onFound }: { onFound: (source: RecoveryFrom, found: Found) => void }) {
  const { t } = useTranslation("setup");
  const form = useForm<Values>({
    initialValues: { ...EMPTY_PLACE, setup_code: "", recovery_code: "", passphrase: "" },
  });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const { setup_code, recovery_code, passphrase } = values;
    const source = { setup_code, recovery_code, passphrase, storage: placeBody(values) };
    onFound(source, await answer(api.POST("/api/v1/recovery/self-backups", { body: source })));
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <SetupCodeField {...form.getInputProps("setup_code")} />
        <PlaceFields kind={form.values.kind} getInputProps={form.getInputProps} />
        <SecretFields getInputProps={form.getInputProps} setFieldValue={form.setFieldValue} />
        <Text size="sm" c="dimmed">
          {t("recover.oldMachine")}
        </Text>
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="space-between">
          <LinkButton variant="default" to="/setup" search={{}}>
            {t("back")}
          </LinkButton>
          <Button type="submit" loading={isSending}>
            {t("recover.look")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
