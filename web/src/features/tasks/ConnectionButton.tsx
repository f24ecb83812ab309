import { Modal, Tooltip, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { useCan } from "@/api/me";
import { ConnectTeam } from "@/features/tasks/ConnectTeam";
import type { Task } from "@/features/tasks/queries";
import { StatusWord } from "@/ui/StatusWord";

/** Connected or not; opens the dialog that authenticates anew and keeps the history. */
export function ConnectionButton({ task }: { task: Task }) {
  const { t } = useTranslation("tasks");
  const [isOpen, dialog] = useDisclosure(false);
  const mayConnect = useCan("connection.manage");
  const queries = useQueryClient();
  const word = <StatusWord kind="connection" status={task.connection.state} />;
  if (!mayConnect) {
    return word;
  }
  const onConnected = () => {
    dialog.close();
    notifications.show({ message: t("reconnect.done") });
    void queries.invalidateQueries({ queryKey: [keys.tasks] });
    void queries.invalidateQueries({ queryKey: [keys.connections] });
  };
  return (
    <>
      <Tooltip label={t("reconnect.open")}>
        <UnstyledButton onClick={dialog.open} mih={24} fz="sm">
          {word}
        </UnstyledButton>
      </Tooltip>
      <Modal
        opened={isOpen}
        onClose={dialog.close}
        title={t("reconnect.title", { team: task.connection.team_name })}
        closeButtonProps={{ "aria-label": t("cancel") }}
      >
        <ConnectTeam
          connection={task.connection}
          onConnected={onConnected}
          onCancel={dialog.close}
        />
      </Modal>
    </>
  );
}
