import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useKeyActions } from "@/features/storage/key-actions";
import type { Storage } from "@/features/storage/queries";
import { CliHint, quoted } from "@/ui/CliHint";
import { ErrorState } from "@/ui/ErrorState";
import { PasswordField } from "@/ui/PasswordField";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  storage: Storage;
  onClose: () => void;
}

/** A passphrase, or a key file that is saved in this browser and kept nowhere else. */
export function AddKeyDialog({ storage, onClose }: Props) {
  const { t } = useTranslation("storage");
  const { add } = useKeyActions(storage.id);
  const form = useForm({
    initialValues: {
      kind: "passphrase" as "passphrase" | "key-file",
      passphrase: "",
      again: "",
      label: "",
    },
    validate: {
      again: (again, { kind, passphrase }) =>
        kind === "passphrase" && again !== passphrase ? t("keys.differ") : null,
    },
  });
  const { kind, label } = form.values;
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    const passphrase = typed.kind === "passphrase" ? typed.passphrase : "";
    await add({ kind: typed.kind, label: typed.label, passphrase, replaces: "" });
    onClose();
  });
  const words = `--label ${quoted(label || "LABEL")}`;
  const command = `dropally key add ${storage.id} ${kind === "key-file" ? "--key-file FILE " : ""}${words}`;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("keys.add")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <SegmentedControl
            aria-label={t("keys.kind")}
            data={[
              { value: "passphrase", label: t("secret.passphrase") },
              { value: "key-file", label: t("keys.file") },
            ]}
            {...form.getInputProps("kind")}
          />
          <Text size="sm">
            {t(kind === "passphrase" ? "keys.passphraseText" : "keys.fileText")}
          </Text>
          <TextInput
            label={t("keys.label")}
            description={t("keys.labelHint")}
            data-autofocus
            {...form.getInputProps("label")}
          />
          {kind === "passphrase" && (
            <>
              <PasswordField
                label={t("secret.passphrase")}
                autoComplete="new-password"
                required
                {...form.getInputProps("passphrase")}
              />
              <PasswordField
                label={t("keys.again")}
                autoComplete="new-password"
                required
                {...form.getInputProps("again")}
              />
            </>
          )}
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="space-between">
            <Button type="submit" loading={isSending}>
              {t(kind === "passphrase" ? "keys.addNow" : "keys.makeFile")}
            </Button>
            <CliHint command={command} />
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
