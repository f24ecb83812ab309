import { Button, Group, Modal, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import { RightsFields, type RightsValues, rightsOf } from "@/features/settings/RightsFields";
import type { ListedUser } from "@/features/settings/UsersPage";
import { CliHint } from "@/ui/CliHint";
import { command } from "@/ui/commands";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

/** Another role or reach for somebody. */
export function RightsDialog({ listed, onClose }: { listed: ListedUser; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const { user } = listed;
  const form = useForm<RightsValues>({
    initialValues: {
      name: user.name,
      email: user.email,
      role: user.role,
      where: user.reach.everywhere ? "everywhere" : "tasks",
      tasks: [...(user.reach.tasks ?? [])],
    },
  });
  const { submit, isSending, problem } = useProblemForm(form, async (values) => {
    const body = { name: null, rights: rightsOf(values, user) };
    const params = { path: { user_id: user.id } };
    await answer(api.PATCH("/api/v1/users/{user_id}", { params, body }));
    await queries.invalidateQueries({ queryKey: [keys.users] });
    onClose();
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("users.changeTitle", { name: user.name })}
      closeButtonProps={{ "aria-label": t("users.close") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <RightsFields form={form} />
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="space-between">
            <Button type="submit" loading={isSending}>
              {t("users.save")}
            </Button>
            <CliHint
              command={command("user.setRole", { user: user.email, role: form.values.role })}
            />
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
