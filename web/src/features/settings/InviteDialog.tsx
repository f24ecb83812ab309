import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { RightsFields, type RightsValues, rightsOf } from "@/features/settings/RightsFields";
import type { Handed } from "@/features/settings/UsersPage";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  onClose: () => void;
  onInvited: (handed: Handed) => void;
}

/** Name, address, role and reach of somebody new. */
export function InviteDialog({ onClose, onInvited }: Props) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const form = useForm<RightsValues>({
    initialValues: { name: "", email: "", role: "viewer", where: "everywhere", tasks: [] },
  });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const body = { name: values.name, email: values.email, rights: rightsOf(values) };
    const made = await answer(api.POST("/api/v1/invitations", { body }));
    await queries.invalidateQueries({ queryKey: [keys.users] });
    onClose();
    onInvited({ name: made.user.name, email: made.user.email, link: made.link });
  });
  const { name, email, role } = form.values;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("users.inviteTitle")}
      closeButtonProps={{ "aria-label": t("users.close") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t("users.inviteText")}
          </Text>
          <TextInput
            label={t("users.name")}
            required
            data-autofocus
            autoComplete="off"
            {...form.getInputProps("name")}
          />
          <TextInput
            label={t("users.email")}
            type="email"
            required
            autoComplete="off"
            {...form.getInputProps("email")}
          />
          <RightsFields form={form} />
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="space-between">
            <Button type="submit" loading={isSending}>
              {t("users.inviteSubmit")}
            </Button>
            <CliHint command={command("user.inviteEverywhere", { email, name, role })} />
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
