import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useKeyActions } from "@/features/storage/key-actions";
import { CodeInput } from "@/features/storage/keys/CodeInput";
import type { Storage } from "@/features/storage/queries";
import { CliHint } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

type Rotated = components["schemas"]["RotationAnswer"];

/** New keys for all that is written from now on. */
export function RotateForm({ storage }: { storage: Storage }) {
  const { t } = useTranslation("storage");
  const [isOpen, dialog] = useDisclosure(false);
  const [done, setDone] = useState<Rotated | null>(null);
  return (
    <Stack gap="sm">
      {done !== null && (
        <Alert
          color={done.staying > 0 ? "yellow" : "green"}
          variant="light"
          role="status"
          icon={<IconCircleCheck />}
          title={t("rotate.done", { epoch: done.epoch, count: done.slots })}
        >
          {done.staying > 0 ? t("rotate.staying", { count: done.staying }) : t("rotate.next")}
        </Alert>
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={dialog.open}>
          {t("rotate.begin")}
        </Button>
        <CliHint command={`dropally key rotate ${storage.id}`} />
      </Group>
      {isOpen && (
        <RotateDialog
          storage={storage}
          onClose={dialog.close}
          onDone={(rotated) => {
            setDone(rotated);
            dialog.close();
          }}
        />
      )}
    </Stack>
  );
}

interface DialogProps {
  storage: Storage;
  onClose: () => void;
  onDone: (rotated: Rotated) => void;
}

function RotateDialog({ storage, onClose, onDone }: DialogProps) {
  const { t } = useTranslation("storage");
  const { rotate } = useKeyActions(storage.id);
  const form = useForm({ initialValues: { recovery_code: "", passphrases: "" } });
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    const passphrases = typed.passphrases.split("\n").filter((line) => line !== "");
    onDone(await rotate({ recovery_code: typed.recovery_code, passphrases }));
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("rotate.begin")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <Text size="sm">{t("rotate.ask")}</Text>
          <CodeInput data-autofocus {...form.getInputProps("recovery_code")} />
          <Textarea
            label={t("rotate.passphrases")}
            description={t("rotate.passphrasesHint")}
            autosize
            minRows={1}
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps("passphrases")}
          />
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle />}>
            {t("rotate.others")}
          </Alert>
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="flex-end">
            <Button type="submit" loading={isSending} color="red.9">
              {t("rotate.begin")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
