import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { SetupCodeField } from "@/features/setup/SetupCodeField";
import { ownTimeZone, timeZones } from "@/features/setup/time-zones";
import { ErrorState } from "@/ui/ErrorState";
import { PageHeader } from "@/ui/PageHeader";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";

const EMPTY = {
  code: "",
  name: "",
  email: "",
  password: "",
  password_again: "",
  organisation: "",
  time_zone: ownTimeZone(),
};

/** Whoever reads the setup code becomes the first administrator, and is signed in. */
export function AdministratorStep() {
  const { t } = useTranslation("setup");
  const form = useForm({ initialValues: EMPTY });
  const finish = useCompleteSetup();
  const { submit, isSending, problem } = useProblemForm(form, finish);
  return (
    <>
      <PageHeader title={t("admin.title")} description={t("admin.text")} />
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <SetupCodeField {...form.getInputProps("code")} />
          <TextInput
            label={t("admin.name")}
            autoComplete="name"
            required
            {...form.getInputProps("name")}
          />
          <TextInput
            label={t("admin.email")}
            type="email"
            autoComplete="username"
            required
            {...form.getInputProps("email")}
          />
          <PasswordField
            label={t("admin.password")}
            description={t("admin.passwordHint")}
            autoComplete="new-password"
            required
            {...form.getInputProps("password")}
          />
          <PasswordField
            label={t("admin.passwordAgain")}
            autoComplete="new-password"
            required
            {...form.getInputProps("password_again")}
          />
          <TextInput
            label={t("admin.organisation")}
            autoComplete="organization"
            required
            {...form.getInputProps("organisation")}
          />
          <Select
            label={t("admin.zone")}
            data={timeZones()}
            searchable
            allowDeselect={false}
            {...form.getInputProps("time_zone")}
          />
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="flex-end">
            <Button type="submit" loading={isSending}>
              {t("admin.submit")}
            </Button>
          </Group>
          <Text size="sm" c="dimmed">
            {t("admin.after")}
          </Text>
        </Stack>
      </form>
    </>
  );
}

function useCompleteSetup(): (form: typeof EMPTY) => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async (form) => {
    const state = await answer(api.POST("/api/v1/setup", { body: form }));
    sessionStore.setCsrfToken(state.csrf_token);
    queries.setQueryData(sessionQuery.queryKey, state);
    await queries.invalidateQueries({ queryKey: [keys.setup] });
    await navigate({ to: "/setup", search: { step: "address" }, replace: true });
  };
}
