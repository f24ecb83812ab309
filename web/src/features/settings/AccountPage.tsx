import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconMail } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { meQuery, type OwnAccount } from "@/api/me";
import { LanguageMenu } from "@/app/LanguageMenu";
import { ChangePasswordForm } from "@/features/session/ChangePasswordForm";
import { FactorSection } from "@/features/settings/FactorSection";
import { Section } from "@/features/settings/Section";
import { SessionsSection } from "@/features/settings/SessionsSection";
import { CopyField } from "@/ui/CopyField";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { useProblemForm } from "@/ui/problem-form";
import { When } from "@/ui/When";

/** The own account: name, address, password, second factor and sessions. */
export function AccountPage() {
  const { t } = useTranslation("settings");
  const me = useQuery(meQuery);
  const [isChanged, setIsChanged] = useState(false);
  const queries = useQueryClient();
  if (me.error !== null) {
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  if (me.data === undefined) {
    return <Loading />;
  }
  const told = async () => {
    setIsChanged(true);
    await queries.invalidateQueries({ queryKey: [keys.me] });
    await queries.invalidateQueries({ queryKey: [keys.session, "own"] });
  };
  const days = me.data.password_expires_in_days;
  return (
    <>
      <PageHeader title={t("account")} description={t(`role.${me.data.user.role}`)} />
      <Section title={t("account.profile")}>
        <NameForm me={me.data} />
        <EmailForm me={me.data} />
      </Section>
      <Section title={t("account.language")} text={t("account.languageText")}>
        <Group>
          <LanguageMenu />
        </Group>
      </Section>
      <FactorSection me={me.data} />
      <Section title={t("account.password")} text={t("account.passwordText")}>
        {me.data.user.password_changed !== null && (
          <Text size="sm">
            {t("account.passwordSince")} <When time={me.data.user.password_changed} />
          </Text>
        )}
        {days !== null && <Alert color="yellow">{t("account.expires", { count: days })}</Alert>}
        {isChanged && (
          <Alert color="green" role="status">
            {t("account.passwordChanged")}
          </Alert>
        )}
        <Stack maw={480}>
          <ChangePasswordForm onChanged={told} />
        </Stack>
      </Section>
      <SessionsSection />
    </>
  );
}

function NameForm({ me }: { me: OwnAccount }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [isSaved, setIsSaved] = useState(false);
  const form = useForm({ initialValues: { name: me.user.name } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    const saved = await answer(api.PATCH("/api/v1/me", { body }));
    queries.setQueryData(meQuery.queryKey, saved);
    await queries.invalidateQueries({ queryKey: [keys.session] });
    setIsSaved(true);
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack maw={480}>
        <Group align="flex-end">
          <TextInput
            flex={1}
            miw={200}
            label={t("account.name")}
            autoComplete="name"
            required
            {...form.getInputProps("name")}
          />
          <Button type="submit" variant="default" loading={isSending}>
            {t("save")}
          </Button>
        </Group>
        {problem !== null && <ErrorState error={problem} />}
        {isSaved && (
          <Alert color="green" role="status">
            {t("saved")}
          </Alert>
        )}
      </Stack>
    </form>
  );
}

function EmailForm({ me }: { me: OwnAccount }) {
  const { t } = useTranslation("settings");
  const [link, setLink] = useState<string | null>(null);
  const form = useForm({ initialValues: { email: me.user.email } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    setLink((await answer(api.POST("/api/v1/me/email", { body }))).link);
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack maw={480}>
        <Group align="flex-end">
          <TextInput
            flex={1}
            miw={200}
            label={t("account.email")}
            type="email"
            autoComplete="email"
            required
            {...form.getInputProps("email")}
          />
          <Button type="submit" variant="default" loading={isSending}>
            {t("account.askEmail")}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {t("account.emailText")}
        </Text>
        {problem !== null && <ErrorState error={problem} />}
        {link !== null && (
          <Alert color="blue" variant="light" icon={<IconMail />} role="status">
            {link === "" ? t("account.emailAsked") : t("account.handOver")}
          </Alert>
        )}
        {link !== null && link !== "" && <CopyField label={t("users.link")} value={link} />}
      </Stack>
    </form>
  );
}
