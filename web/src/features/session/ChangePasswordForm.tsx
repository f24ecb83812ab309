import { Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { sessionQuery } from "@/api/me";
import { sessionStore } from "@/api/session-store";
import { NewPasswordFields } from "@/features/session/NewPasswordFields";
import { ErrorState } from "@/ui/ErrorState";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";

/** The old and the new password; the session gets another cookie. */
export function ChangePasswordForm({ onChanged }: { onChanged: () => Promise<void> | void }) {
  const { t } = useTranslation("session");
  const queries = useQueryClient();
  const form = useForm({ initialValues: { current: "", new: "", new_again: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    const state = await answer(api.POST("/api/v1/me/password", { body }));
    sessionStore.setCsrfToken(state.csrf_token);
    queries.setQueryData(sessionQuery.queryKey, state);
    form.reset();
    await onChanged();
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <PasswordField
          label={t("password.current")}
          autoComplete="current-password"
          required
          {...form.getInputProps("current")}
        />
        <NewPasswordFields getInputProps={form.getInputProps} />
        {problem !== null && <ErrorState error={problem} />}
        <Button type="submit" loading={isSending}>
          {t("change.submit")}
        </Button>
      </Stack>
    </form>
  );
}
