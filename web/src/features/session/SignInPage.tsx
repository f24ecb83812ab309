import { Alert, Button, Card, Group, Stack, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { type Credentials, useSignIn } from "@/features/session/queries";
import { setupStateQuery } from "@/features/setup/queries";
import { ErrorState } from "@/ui/ErrorState";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";
import { AnchorLink } from "@/ui/RouteLinks";

const route = getRouteApi("/plain/sign-in");

export function SignInPage() {
  const { t } = useTranslation("session");
  const { next, ended } = route.useSearch();
  const router = useRouter();
  const signIn = useSignIn();
  const setup = useQuery(setupStateQuery);
  const [needsCode, setNeedsCode] = useState(false);
  const form = useForm<Credentials>({ initialValues: { email: "", password: "", code: "" } });
  useEffect(() => {
    document.title = `${t("signIn.title")} · Dropally`;
  }, [t]);
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    try {
      await signIn(values);
    } catch (error) {
      if (asProblem(error).code === "otp_required" && !needsCode) {
        setNeedsCode(true);
        return;
      }
      throw error;
    }
    router.history.push(next ?? "/");
  });
  return (
    <Card withBorder padding="xl" maw={440} mx="auto">
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <Title order={1} size="h3">
            {t("signIn.title")}
          </Title>
          {ended === true && (
            <Alert color="yellow" role="status">
              {t("signIn.ended")}
            </Alert>
          )}
          <TextInput
            label={t("signIn.email")}
            type="email"
            autoComplete="username"
            required
            data-autofocus
            {...form.getInputProps("email")}
          />
          <PasswordField
            label={t("signIn.password")}
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            {...form.getInputProps("password")}
          />
          {needsCode && (
            <TextInput
              label={t("signIn.code")}
              description={t("signIn.codeHint")}
              autoComplete="one-time-code"
              autoFocus
              required
              {...form.getInputProps("code")}
            />
          )}
          {problem !== null && <ErrorState error={problem} />}
          <Button type="submit" loading={isSending}>
            {t("signIn.submit")}
          </Button>
          <Group justify="space-between">
            <AnchorLink to="/forgot-password" size="sm">
              {t("forgot.link")}
            </AnchorLink>
            {setup.data?.offers_sign_up === true && !setup.data.is_open && (
              <AnchorLink to="/register" size="sm">
                {t("register.link")}
              </AnchorLink>
            )}
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
