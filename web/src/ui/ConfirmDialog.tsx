import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/ui/ErrorState";

export interface Confirmation {
  title: string;
  text: ReactNode;
  confirmLabel: string;
  /** What has to be typed before the button works: the name of what will be lost. */
  typed?: string;
  danger?: boolean;
  /** The dialog stays open while this runs, and shows what it throws. */
  onConfirm: () => Promise<unknown> | undefined;
}

type Ask = (confirmation: Confirmation) => void;
const ConfirmContext = createContext<Ask>(() => undefined);

/** `const confirm = useConfirm(); confirm({ title, text, confirmLabel, onConfirm })`. */
export function useConfirm(): Ask {
  return useContext(ConfirmContext);
}

/** Holds the one dialog that asks before something is done. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Confirmation | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const ask = useCallback<Ask>((confirmation) => {
    setAsked(confirmation);
    setIsOpen(true);
  }, []);
  return (
    <ConfirmContext value={ask}>
      {children}
      {asked !== null && (
        <ConfirmDialog {...asked} opened={isOpen} onClose={() => setIsOpen(false)} />
      )}
    </ConfirmContext>
  );
}

type Props = Confirmation & { opened: boolean; onClose: () => void };

export function ConfirmDialog(props: Props) {
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

function ConfirmForm({ text, confirmLabel, typed, danger = false, onConfirm, onClose }: Props) {
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
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
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
