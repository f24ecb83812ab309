import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCircleCheck, IconMailOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { useMe } from "@/api/me";
import { usePages } from "@/api/pages";
import { valueIn } from "@/api/settings";
import { MailForm } from "@/features/settings/MailForm";
import { Section } from "@/features/settings/Section";
import { WithSettings } from "@/features/settings/WithSettings";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { Loading } from "@/ui/Loading";
import { PageHeader } from "@/ui/PageHeader";
import { useProblemForm } from "@/ui/problem-form";
import { When } from "@/ui/When";

/** By which server mails go out, a test, and what became of each mail. */
export function MailPage() {
  const { t } = useTranslation("settings");
  const me = useMe();
  const maySet = me?.verbs.includes("security.manage") === true;
  return (
    <>
      <PageHeader title={t("mail")} />
      {maySet && (
        <Section title={t("mail.server")} text={t("mail.serverText")}>
          <WithSettings>
            {(settings) => (
              <Stack>
                {valueIn(settings, "notify.smtp.host") === "" && (
                  <Alert color="yellow" icon={<IconMailOff />} title={t("mail.off")}>
                    {t("mail.offText")}
                  </Alert>
                )}
                <MailForm settings={settings} />
              </Stack>
            )}
          </WithSettings>
        </Section>
      )}
      <Section title={t("mail.test")}>
        <TestForm recipient={me?.user.email ?? ""} />
      </Section>
      <Section title={t("mail.log")} text={t("mail.logText")}>
        <DeliveryLog />
      </Section>
    </>
  );
}

function TestForm({ recipient }: { recipient: string }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const [said, setSaid] = useState<string | null>(null);
  const form = useForm({ initialValues: { recipient } });
  const { submit, isSending, problem } = useProblemForm(form, async (body) => {
    setSaid(null);
    const sent = await answer(api.POST("/api/v1/mails/test", { body }));
    setSaid(sent.answer);
    await queries.invalidateQueries({ queryKey: [keys.mails] });
  });
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack maw={560}>
        <Group align="flex-end">
          <TextInput
            flex={1}
            miw={200}
            label={t("mail.recipient")}
            type="email"
            required
            {...form.getInputProps("recipient")}
          />
          <Button type="submit" variant="default" loading={isSending}>
            {t("mail.send")}
          </Button>
        </Group>
        {problem !== null && <ErrorState error={problem} />}
        {said !== null && (
          <Alert color="green" icon={<IconCircleCheck />} role="status" title={t("mail.sent")}>
            {said}
          </Alert>
        )}
        <Group>
          <CliHint command={command("mail.test", { recipient: form.values.recipient })} />
        </Group>
      </Stack>
    </form>
  );
}

function DeliveryLog() {
  const { t } = useTranslation("settings");
  const pages = usePages(keys.mails, "/api/v1/mails");
  if (pages.error !== null) {
    return <ErrorState error={pages.error} onRetry={pages.retry} />;
  }
  if (pages.isLoading) {
    return <Loading />;
  }
  if (pages.rows.length === 0) {
    return <EmptyState icon={IconMailOff} title={t("mail.none")} text={t("mail.noneText")} />;
  }
  return (
    <DataTable
      label={t("mail.log")}
      columns={[
        { id: "time", header: t("mail.time"), cell: (row) => <When time={row.created} /> },
        { id: "kind", header: t("mail.kind"), cell: (row) => row.kind.replaceAll("_", " ") },
        { id: "to", header: t("mail.to"), cell: (row) => row.recipient },
        {
          id: "state",
          header: t("mail.state"),
          cell: (row) => t(row.state === "sent" ? "mail.sent.state" : `mail.${row.state}`),
        },
        { id: "answer", header: t("mail.answer"), cell: (row) => row.answer, width: "2fr" },
      ]}
      rows={pages.rows}
      rowId={(row) => String(row.id)}
      hasMore={pages.hasMore}
      loadMore={pages.loadMore}
      height="420px"
    />
  );
}
