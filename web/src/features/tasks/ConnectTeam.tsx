import { Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconExternalLink } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import type { Connection } from "@/api/connections";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  /** The team to reconnect; left out for a new one. */
  connection?: Connection;
  onConnected: (connection: Connection) => Promise<void> | void;
  onCancel: () => void;
}

/** Authentication at Dropbox: its page opens in a new tab, and the code it shows is pasted here. */
export function ConnectTeam({ connection, onConnected, onCancel }: Props) {
  const { t } = useTranslation("tasks");
  const canWrite = connection?.missing_for_restore.length === 0;
  const link = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/connections/authorize", {
          body: {
            purpose: canWrite ? "restore" : "backup",
            mode: "code",
            connection_id: connection?.id ?? "",
          },
        }),
      ),
    onSuccess: (found) => window.open(found.url, "_blank", "noopener"),
  });
  const form = useForm({ initialValues: { code: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async ({ code }) => {
    const body = { link_id: link.data?.id ?? "", code: code.trim() };
    await onConnected(await answer(api.POST("/api/v1/connections/exchange-code", { body })));
  });
  if (link.data === undefined) {
    return (
      <Stack>
        <Text>{t("connect.text")}</Text>
        {link.error !== null && <ErrorState error={link.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {t("cancel")}
          </Button>
          <Button loading={link.isPending} onClick={() => link.mutate()}>
            {t("connect.authenticate")}
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack>
        <List type="ordered" spacing="xs">
          <List.Item>
            {t("connect.step1")}{" "}
            <Button
              component="a"
              href={link.data.url}
              target="_blank"
              rel="noopener"
              variant="subtle"
              size="compact-sm"
              rightSection={<IconExternalLink size={14} />}
            >
              {t("connect.openDropbox")}
            </Button>
          </List.Item>
          <List.Item>{t("connect.step2")}</List.Item>
          <List.Item>{t("connect.step3")}</List.Item>
        </List>
        <TextInput
          label={t("connect.code")}
          required
          autoComplete="off"
          data-autofocus
          {...form.getInputProps("code")}
        />
        {problem !== null && <ErrorState error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={isSending}>
            {t("connect.finish")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
