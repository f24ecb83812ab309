import { UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "@/api/me";
import type { Task } from "@/features/tasks/queries";
import { StatusWord } from "@/ui/StatusWord";

// Not needed for Home to be seen.
const ReconnectDialog = lazy(async () => ({
  default: (await import("@/features/tasks/ReconnectDialog")).ReconnectDialog,
}));

/** Connected or not; opens the dialog that authenticates anew and keeps the history. */
export function ConnectionButton({ task }: { task: Task }) {
  const { t } = useTranslation("tasks");
  const [isOpen, dialog] = useDisclosure(false);
  const mayConnect = useCan("connection.manage");
  const word = <StatusWord kind="connection" status={task.connection.state} />;
  if (!mayConnect) {
    return word;
  }
  return (
    <>
      <UnstyledButton onClick={dialog.open} mih={24} fz="sm" title={t("reconnect.open")}>
        {word}
      </UnstyledButton>
      {isOpen && (
        <Suspense>
          <ReconnectDialog task={task} onClose={dialog.close} />
        </Suspense>
      )}
    </>
  );
}
