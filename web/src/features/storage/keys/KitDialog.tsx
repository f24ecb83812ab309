import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useKeyActions } from "@/features/storage/key-actions";
import { CodeInput } from "@/features/storage/keys/CodeInput";
import { ErrorState } from "@/ui/ErrorState";
import { useProblemForm } from "@/ui/problem-form";

interface Props {
  storageId: string;
  onClose: () => void;
}

/** The kit is written with the code that is typed: Dropally does not keep it. */
export function KitDialog({ storageId, onClose }: Props) {
  const { t } = useTranslation("storage");
  const { saveKit } = useKeyActions(storageId);
  const form = useForm({ initialValues: { recovery_code: "", format: "pdf" as "pdf" | "text" } });
  const { submit, isSending, problem } = useProblemForm(form, async (typed) => {
    await saveKit(typed.recovery_code, typed.format);
    onClose();
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("kit.again")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={form.onSubmit(submit)}>
        <Stack>
          <Text size="sm">{t("kit.text")}</Text>
          <CodeInput data-autofocus {...form.getInputProps("recovery_code")} />
          <SegmentedControl
            aria-label={t("kit.format")}
            data={[
              { value: "pdf", label: "PDF" },
              { value: "text", label: t("key.kitText.file") },
            ]}
            {...form.getInputProps("format")}
          />
          {problem !== null && <ErrorState error={problem} />}
          <Group justify="flex-end">
            <Button type="submit" loading={isSending}>
              {t("kit.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
