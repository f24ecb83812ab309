import { Alert, Anchor, Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconMail } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { PlainCard } from "@/features/session/PlainCard";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

/** The answer is the same for every address: nobody learns who has an account. */
export function ForgotPasswordPage() {
  const { t } = useTranslation("session");
  const [isAsked, setIsAsked] = useState(false);
  const form = useForm({ initialValues: { email: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async ({ email }) => {
    await answer(api.POST("/api/v1/password-resets", { body: { email } }));
    setIsAsked(true);
  });
  return (
    <PlainCard title={t("forgot.title")} text={t("forgot.text")}>
      {isAsked ? (
        <Alert color="blue" variant="light" icon={<IconMail />} role="status">
          {t("forgot.asked")}
        </Alert>
      ) : (
        <form onSubmit={form.onSubmit(submit)}>
          <Stack>
            <TextInput
              label={t("signIn.email")}
              type="email"
              autoComplete="username"
              required
              {...form.getInputProps("email")}
            />
            {problem !== null && <ErrorState error={problem} />}
            <Button type="submit" loading={isSending}>
              {t("forgot.submit")}
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/sign-in" size="sm">
        {t("backToSignIn")}
      </Anchor>
    </PlainCard>
  );
}
