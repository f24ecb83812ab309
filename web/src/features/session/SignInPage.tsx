import { Card, Group, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type Credentials, useSignIn } from "@/features/session/queries";
import { SignInForm } from "@/features/session/SignInForm";
import { setupStateQuery } from "@/features/setup/queries";
import { AnchorLink } from "@/ui/RouteLinks";

const route = getRouteApi("/plain/sign-in");

export function SignInPage() {
  const { t } = useTranslation("session");
  const { next } = route.useSearch();
  const router = useRouter();
  const signIn = useSignIn();
  const setup = useQuery(setupStateQuery);
  useEffect(() => {
    document.title = `${t("signIn.title")} · Dropally`;
  }, [t]);
  const enter = async (given: Credentials) => {
    await signIn(given);
    router.history.push(next ?? "/");
  };
  return (
    <Card withBorder padding="xl" maw={440} mx="auto">
      <Stack>
        <SignInForm signIn={enter}>
          <Title order={1} size="h3">
            {t("signIn.title")}
          </Title>
        </SignInForm>
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
    </Card>
  );
}
