import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useLinkToken } from "@/features/session/link-token";
import { NewPasswordFields } from "@/features/session/NewPasswordFields";
import { PlainCard } from "@/features/session/PlainCard";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

/** A new password by the link of a mail; every session of that person ends. */
export function ResetPasswordPage() {
  const { t } = useTranslation("session");
  const token = useLinkToken();
  const [isDone, setIsDone] = useState(false);
  const form = useForm({ initialValues: { new: "", new_again: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    await answer(api.POST("/api/v1/password-resets/completion", { body: { token, ...typed } }));
    setIsDone(true);
  });
  if (token === "") {
    return (
      <PlainCard title={t("reset.title")} text={t("linkIncomplete")}>
        <Anchor component={Link} to="/forgot-password" size="sm">
          {t("reset.another")}
        </Anchor>
      </PlainCard>
    );
  }
  return (
    <PlainCard title={t("reset.title")} text={isDone ? undefined : t("reset.text")}>
      {isDone ? (
        <Alert color="green" variant="light" icon={<IconCircleCheck />} role="status">
          {t("reset.done")}
        </Alert>
      ) : (
        <form onSubmit={form.onSubmit(submit)}>
          <Stack>
            <NewPasswordFields getInputProps={form.getInputProps} />
            {problem !== null && <ErrorState error={problem} />}
            <Button type="submit" loading={isSending}>
              {t("reset.submit")}
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to={isDone ? "/sign-in" : "/forgot-password"} size="sm">
        {isDone ? t("backToSignIn") : t("reset.another")}
      </Anchor>
    </PlainCard>
  );
}
