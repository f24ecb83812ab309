import { Alert, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { organisationQuery } from "@/api/me";
import type { components } from "@/api/schema";
import { Section } from "@/features/settings/Section";
import type { FieldKind } from "@/features/settings/SettingField";
import { SettingsSections } from "@/features/settings/SettingsSections";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { useProblemForm } from "@/ui/problem-form";
import { changesBetween, SaveBar } from "@/ui/SaveBar";

const SHOWN: readonly FieldKind[] = [
  { key: "locale.language", kind: "choice", choices: ["auto", "en", "de"] },
  { key: "locale.time_zone", kind: "text" },
  { key: "locale.units", kind: "choice", choices: ["iec", "si"] },
];
const ADDRESS: readonly FieldKind[] = [{ key: "server.base_url", kind: "text" }];
const SUPPORT: readonly FieldKind[] = [
  { key: "support.email", kind: "text" },
  { key: "support.phone", kind: "text" },
  { key: "support.chat_url", kind: "text" },
  { key: "support.ticket_url", kind: "text" },
  { key: "support.docs_url", kind: "text" },
];
const PARTS = [
  ["organisation.address", ADDRESS],
  ["organisation.shown", SHOWN],
  ["organisation.support", SUPPORT],
] as const;

/** The organisation's name, address, language and whom its people ask. */
export function OrganisationPage() {
  const { t } = useTranslation("settings");
  const organisation = useQuery(organisationQuery);
  return (
    <>
      <PageHeader title={t("organisation")} />
      {organisation.error !== null && (
        <ErrorState error={organisation.error} onRetry={() => void organisation.refetch()} />
      )}
      {organisation.isPending && <Loading rows={2} />}
      {organisation.data !== undefined && <NameForm organisation={organisation.data} />}
      <SettingsSections parts={PARTS} />
    </>
  );
}

function NameForm({ organisation }: { organisation: components["schemas"]["OrganisationView"] }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [isSaved, setIsSaved] = useState(false);
  const form = useForm({ initialValues: { name: organisation.name } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    await answer(api.PATCH("/api/v1/organisation", { body }));
    setIsSaved(true);
    await queries.invalidateQueries({ queryKey: [keys.organisation] });
    await queries.invalidateQueries({ queryKey: [keys.me] });
  });
  return (
    <Section title={t("organisation.account")}>
      <form onSubmit={form.onSubmit(submit)}>
        <Stack maw={560}>
          <TextInput label={t("organisation.name")} required {...form.getInputProps("name")} />
          <Text size="sm" c="dimmed">
            {t("organisation.owner", { email: organisation.owner_email })}
          </Text>
          {problem !== null && <ErrorState error={problem} />}
          {isSaved && (
            <Alert color="green" role="status">
              {t("saved")}
            </Alert>
          )}
          <SaveBar
            changes={changesBetween({ name: organisation.name }, form.values)}
            isSaving={isSending}
            onDiscard={() => form.setValues({ name: organisation.name })}
          >
            <CliHint command={command("organisation.rename", { name: form.values.name })} />
          </SaveBar>
        </Stack>
      </form>
    </Section>
  );
}
