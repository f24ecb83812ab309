import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CliHint } from "@/ui/CliHint";
import type { Confirmation } from "@/ui/ConfirmDialog";
import { ErrorState } from "@/ui/ErrorState";

type Props = Confirmation & { opened: boolean; onClose: () => void };

/** The dialog itself, which is loaded when it is first needed. */
export function ConfirmModal(props: Props) {
  const { t } = useTranslation("ui");
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <ConfirmForm {...props} />
    </Modal>
  );
}

function ConfirmForm(props: Props) {
  const { text, confirmLabel, cancelLabel, typed, danger = false, command } = props;
  const { onConfirm, onClose } = props;
  const { t } = useTranslation("ui");
  const [word, setWord] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async () => {
    setIsBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setIsBusy(false);
    }
  };
  const isTyped = typed === undefined || word === typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Stack>
        <Text component="div">{text}</Text>
        {typed !== undefined && (
          <TextInput
            label={t("confirm.type", { typed })}
            value={word}
            onChange={(event) => setWord(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" gap="xs">
          {command !== undefined && <CliHint command={command} />}
          <Button
            variant="default"
            onClick={onClose}
            data-autofocus={(danger && typed === undefined) || undefined}
          >
            {cancelLabel ?? t("cancel")}
          </Button>
          <Button
            type="submit"
            loading={isBusy}
            disabled={!isTyped}
            {...(danger ? { color: "red.9" } : {})}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
