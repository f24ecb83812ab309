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

/** Where the organisation allows it, people ask for an account themselves. */
export function RegisterPage() {
  const { t } = useTranslation("session");
  const [isAsked, setIsAsked] = useState(false);
  const form = useForm({ initialValues: { name: "", email: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    await answer(api.POST("/api/v1/registrations", { body }));
    setIsAsked(true);
  });
  return (
    <PlainCard title={t("register.title")} text={t("register.text")}>
      {isAsked ? (
        <Alert color="blue" variant="light" icon={<IconMail />} role="status">
          {t("register.asked")}
        </Alert>
      ) : (
        <form onSubmit={form.onSubmit(submit)}>
          <Stack>
            <TextInput
              label={t("register.name")}
              autoComplete="name"
              required
              {...form.getInputProps("name")}
            />
            <TextInput
              label={t("signIn.email")}
              type="email"
              autoComplete="email"
              required
              {...form.getInputProps("email")}
            />
            {problem !== null && <ErrorState error={problem} />}
            <Button type="submit" loading={isSending}>
              {t("register.submit")}
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
